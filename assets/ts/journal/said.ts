// Said is a refusal in words that can be shown as they stand: what happened, what
// was kept, what to do. Anything else that is thrown is a mistake of ours.
export class Said extends Error {}

// words are what is shown of whatever went wrong.
export function words(error: unknown): string {
	if (error instanceof Said) return error.message;
	if (error instanceof DOMException && error.name === "NotAllowedError") return "No passkey was given. Nothing was changed; you can try again, or use your words.";
	if (error instanceof DOMException && error.name === "QuotaExceededError") return "This device has no room left for the journal. What was sent to the practice is kept there; please make room on this device.";
	return "Something went wrong in this browser. What was kept is still kept; please load the page again.";
}
