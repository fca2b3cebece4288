// The sound of a call: off until somebody chooses it for this device, in the
// room, on the page of the open rooms, or here. One choice for all of them.

const CHOICE = "held-room-sound";
const KNOWN = "held-room-sounded";
const MOST = 60;

export function soundOn(): boolean {
	try {
		return localStorage.getItem(CHOICE) === "on";
	} catch {
		return false; // storage is forbidden: then it is chosen anew each time
	}
}

export function chooseSound(on: boolean): void {
	try {
		localStorage.setItem(CHOICE, on ? "on" : "off");
	} catch {
		// As above.
	}
}

// keepSound tells whether a call is among them that was not sounded on this
// device yet, and keeps that it is now. The keys name nobody.
export function keepSound(keys: string[]): boolean {
	try {
		const known = (localStorage.getItem(KNOWN) ?? "").split("|");
		const fresh = keys.filter((k) => !known.includes(k));
		if (fresh.length) localStorage.setItem(KNOWN, [...known, ...fresh].slice(-MOST).join("|"));
		return fresh.length > 0;
	} catch {
		return false;
	}
}

// chime is one soft tone.
export function chime(): void {
	const ctx = new AudioContext();
	const [tone, loud] = [ctx.createOscillator(), ctx.createGain()];
	tone.frequency.value = 440;
	loud.gain.setValueAtTime(0.0001, ctx.currentTime);
	loud.gain.exponentialRampToValueAtTime(0.08, ctx.currentTime + 0.05);
	loud.gain.exponentialRampToValueAtTime(0.0001, ctx.currentTime + 0.9);
	tone.connect(loud).connect(ctx.destination);
	tone.start();
	tone.stop(ctx.currentTime + 1);
	tone.addEventListener("ended", () => void ctx.close());
}
