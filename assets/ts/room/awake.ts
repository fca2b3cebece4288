// Keeps the screen on while the room is open, where the browser can; and where it
// cannot, says so. A shared device is kept from locking for as long: a session is
// a use of it, though nobody may touch it for a while.

export class Awake {
	why = "";
	private lock: WakeLockSentinel | null = null;

	constructor(private goes: () => boolean) {
		void this.keep();
		setInterval(() => this.use(), 45_000);
	}

	private use(): void {
		if (!document.hidden && this.goes()) fetch("/account/awake", { method: "POST", body: new URLSearchParams(), headers: { Accept: "application/json" } }).catch(() => undefined);
	}

	async keep(): Promise<void> {
		if (!("wakeLock" in navigator)) {
			this.why = "This browser cannot keep the screen on. Please set this device so that it does not go to sleep.";
			return;
		}
		if (document.hidden || (this.lock && !this.lock.released)) return;
		try {
			this.lock = await navigator.wakeLock.request("screen");
			this.why = "";
		} catch {
			this.why = "This device does not let the screen be kept on just now, perhaps to save its battery. Please plug it in.";
		}
	}
}
