// Keeps the screen on while the room is open, where the browser can; and where it
// cannot, says so.

export class Awake {
	why = "";
	private lock: WakeLockSentinel | null = null;

	constructor() {
		void this.keep();
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
