// <held-part-voice>: a recording. What the microphone gives is kept as it comes,
// second by second, so that nothing said is lost when it is unplugged, the limit
// is reached or the page goes away; "value" is what there is so far at any time,
// and "change" is fired while it grows, so that it can be kept.

import { button, calm, clock, el, field, type Made, Part } from "./part";

export const words = {
	title: "Voice",
	begin: "Record",
	pause: "Pause",
	goOn: "Go on",
	finish: "Finish",
	listen: "Listen",
	hush: "Pause",
	again: "Begin again",
	back: "Bring back the one before",
	place: "Place in the recording",
	inWords: "In a few words, if you like",
	inWordsHint: "For whoever cannot listen just now.",
	limit: (minutes: number) => `Speak as long as you like, up to about ${minutes} minutes. You can pause.`,
	asking: "Your browser asks whether it may listen. Please allow it there.",
	recording: "Recording",
	paused: "Paused. What you said is kept.",
	done: (length: string) => `Recorded, ${length}.`,
	of: (now: string, all: string) => `${now} of ${all}`,
	none: "Nothing was recorded.",
	broke: "The microphone went away. What you said until then is kept.",
	full: "This is as long as one recording can be. All of it is kept; you can go on in another.",
	cannot: "This browser cannot record. You can write instead, or record with another app on this device.",
	refused: "The browser did not let us listen. If you want to record, allow the microphone for this page: the sign beside the address opens that setting. Then press Record again. Nothing is lost.",
	missing: "No microphone was found. Plug one in, or use your phone, and press Record again.",
	busy: "The microphone is in use somewhere else, perhaps in a call. Close that and press Record again.",
	silent: "The recording cannot be played in this browser. It is kept as it is.",
};

const bits = 32_000; // a second: clear speech in Opus
const kinds = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4;codecs=opus", "audio/mp4"];

// What there is so far is told every ten seconds at first, and later more rarely:
// whoever keeps it writes it anew each time.
const rest = (seconds: number) => Math.max(10, seconds / 20);

type State = "empty" | "asking" | "recording" | "paused" | "done";

export class HeldPartVoice extends Part {
	protected heading = words.title;
	private state: State = "empty";
	private kept: Made | null = null;
	private earlier: Made | null = null;
	private alt = "";
	private trouble = "";
	private asked = false; // somebody asked it to end
	private recorder: MediaRecorder | null = null;
	private chunks: Blob[] = [];
	private size = 0;
	private spoken = 0; // seconds before the last pause
	private since = 0;
	private told = 0;
	private level: Level | null = null;
	private player: HTMLAudioElement | null = null;
	private time = el("span", { class: "part-time" });
	// A page that is put aside may not come back.
	private gone = () => {
		if (document.visibilityState !== "hidden" || this.recorder?.state !== "recording") return;
		this.told = -Infinity;
		this.recorder.requestData();
	};

	get maxBytes(): number {
		return Number(this.getAttribute("max-bytes")) || 20 << 20;
	}

	get value(): Made | null {
		if (this.recorder && this.chunks.length) return this.soFar();
		return this.kept && { ...this.kept, alt: this.alt };
	}
	set value(made: Made | null) {
		this.end();
		this.kept = made;
		this.earlier = null;
		this.alt = made?.alt ?? "";
		this.state = made ? "done" : "empty";
		this.draw();
	}

	override connectedCallback(): void {
		super.connectedCallback();
		document.addEventListener("visibilitychange", this.gone);
	}

	override disconnectedCallback(): void {
		super.disconnectedCallback();
		document.removeEventListener("visibilitychange", this.gone);
		this.player?.pause();
		if (this.recorder) this.recorder.stop(); // "stop" keeps what there is
	}

	protected show(): void {
		this.player?.pause();
		this.player = null;
		if (this.disabled) return this.fill(this.kept ? this.listening(this.kept) : el("p", { class: "meta" }, words.none), this.alt ? el("p", {}, this.alt) : null);
		const parts: (Node | null)[] = [];
		if (this.state === "empty" || this.state === "asking") {
			parts.push(el("p", { class: "hint" }, words.limit(Math.floor(this.maxBytes / (bits / 8) / 60) || 1)));
			parts.push(this.row(button("main", words.begin, () => void this.begin(), "button-quiet", { disabled: this.state === "asking" }), this.earlier && this.back()));
		}
		if (this.state === "recording" || this.state === "paused") {
			const canvas = this.level?.canvas ?? null;
			parts.push(canvas, this.row(this.state === "recording"
				? button("main", words.pause, () => this.pause())
				: button("main", words.goOn, () => this.goOn()),
			button("finish", words.finish, () => this.finish()), this.time));
		}
		if (this.state === "done" && this.kept) {
			parts.push(this.listening(this.kept), this.plain ? null : this.inWords());
			parts.push(this.row(button("again", words.again, () => void this.begin(), "button-text"), this.earlier && this.back()));
		}
		if (this.trouble) parts.push(el("p", { class: "notice notice-care" }, this.trouble));
		this.fill(...parts);
	}

	private row(...all: (Node | null)[]): HTMLElement {
		return el("div", { class: "part-row" }, ...all);
	}

	private back(): HTMLElement {
		return button("back", words.back, () => {
			[this.kept, this.earlier] = [this.earlier, this.kept];
			this.alt = this.kept?.alt ?? "";
			this.state = "done";
			this.trouble = "";
			this.show();
			this.changed();
		}, "button-text");
	}

	private inWords(): HTMLElement {
		const input = el("input", { type: "text", autocomplete: "off", "data-key": "alt" });
		input.value = this.alt;
		input.addEventListener("input", () => {
			this.alt = input.value;
			this.soon();
		});
		input.addEventListener("change", () => this.changed());
		return field(words.inWords, input, words.inWordsHint);
	}

	private async begin(): Promise<void> {
		if (this.recorder || this.state === "asking") return;
		this.trouble = "";
		const kind = typeof MediaRecorder === "undefined" ? "" : kinds.find((k) => MediaRecorder.isTypeSupported(k));
		if (!kind || !navigator.mediaDevices?.getUserMedia) return this.refuse(words.cannot);
		this.state = "asking";
		this.say(words.asking);
		this.show();
		try {
			const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
			if (!this.isConnected) return void stream.getTracks().forEach((t) => t.stop());
			this.record(stream, kind);
		} catch (error) {
			const name = error instanceof DOMException ? error.name : "";
			const said: Record<string, string> = { NotAllowedError: words.refused, SecurityError: words.refused, NotFoundError: words.missing, NotReadableError: words.busy };
			this.refuse(said[name] ?? words.cannot);
		}
	}

	private refuse(sentence: string): void {
		this.trouble = sentence;
		this.state = this.kept ? "done" : "empty";
		this.say("");
		this.show();
		this.say(sentence);
	}

	private record(stream: MediaStream, mimeType: string): void {
		if (this.kept) this.earlier = this.value;
		this.kept = null;
		this.alt = "";
		this.chunks = [];
		this.size = this.spoken = this.told = 0;
		this.asked = false;
		const recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: bits });
		this.recorder = recorder;
		recorder.addEventListener("dataavailable", (e) => this.recorder === recorder && this.take(e.data));
		recorder.addEventListener("stop", () => this.settle(recorder));
		recorder.addEventListener("error", () => recorder.state !== "inactive" && recorder.stop());
		// A track that ends takes the recorder with it, which says so by "stop".
		stream.getTracks().forEach((t) => t.addEventListener("ended", () => recorder.state !== "inactive" && recorder.stop()));
		recorder.start(1000);
		this.since = performance.now();
		this.level = new Level(stream, () => this.tick());
		this.state = "recording";
		this.say(words.recording);
		this.show();
	}

	private get seconds(): number {
		return this.spoken + (this.state === "recording" ? (performance.now() - this.since) / 1000 : 0);
	}

	private tick(): void {
		this.time.textContent = clock(this.seconds);
	}

	private take(chunk: Blob): void {
		if (!chunk.size || !this.recorder) return;
		this.chunks.push(chunk);
		this.size += chunk.size;
		if (this.state === "paused" || this.seconds - this.told >= rest(this.seconds)) {
			this.told = this.seconds;
			this.changed();
		}
		// Two seconds more must still fit.
		if (this.size + bits / 4 > this.maxBytes && this.recorder.state !== "inactive") {
			this.trouble = words.full;
			this.recorder.stop();
		}
	}

	private pause(): void {
		if (this.recorder?.state !== "recording") return;
		this.spoken = this.seconds;
		this.state = "paused";
		this.recorder.pause();
		this.recorder.requestData();
		this.level?.rest();
		this.say(words.paused);
		this.show();
		this.tick();
	}

	private goOn(): void {
		if (this.recorder?.state !== "paused") return;
		this.recorder.resume();
		this.since = performance.now();
		this.state = "recording";
		this.level?.go();
		this.say(words.recording);
		this.show();
	}

	private finish(): void {
		this.asked = true;
		if (this.recorder && this.recorder.state !== "inactive") this.recorder.stop();
	}

	private soFar(): Made {
		const type = (this.chunks[0]?.type || this.recorder?.mimeType || "audio/webm").split(";")[0]!;
		return { blob: new Blob(this.chunks, { type }), type, alt: this.alt, seconds: Math.round(this.seconds) };
	}

	// settle is where every recording ends, whoever ended it.
	private settle(recorder: MediaRecorder): void {
		if (this.recorder !== recorder) return;
		this.spoken = this.seconds;
		this.state = "done";
		this.kept = this.chunks.length ? this.soFar() : this.earlier;
		if (!this.chunks.length) this.trouble ||= words.none;
		else if (!this.asked) this.trouble ||= words.broke;
		if (!this.kept) this.state = "empty";
		if (this.kept === this.earlier) this.earlier = null;
		this.end();
		this.draw();
		this.say(this.kept ? words.done(clock(this.kept.seconds ?? 0)) : words.none);
		this.changed();
	}

	private end(): void {
		const recorder = this.recorder;
		this.recorder = null;
		recorder?.stream.getTracks().forEach((t) => t.stop());
		this.level?.end();
		this.level = null;
		this.chunks = [];
	}

	private listening(made: Made): HTMLElement {
		this.forget();
		const audio = el("audio", { preload: "metadata", src: this.address(made.blob) });
		this.player = audio;
		let length = made.seconds ?? 0;
		const place = el("input", { type: "range", min: 0, max: Math.max(1, length), step: 1, value: 0, "aria-label": words.place, "data-key": "place" });
		const time = el("span", { class: "part-time" });
		const tell = () => {
			place.value = String(audio.currentTime);
			place.setAttribute("aria-valuetext", words.of(clock(audio.currentTime), clock(length)));
			time.textContent = words.of(clock(audio.currentTime), clock(length));
		};
		const press = button("main", words.listen, () => {
			if (!audio.paused) return audio.pause();
			audio.play().catch(() => this.say(words.silent));
		});
		audio.addEventListener("durationchange", () => {
			if (!Number.isFinite(audio.duration)) return;
			length = Math.max(length, Math.round(audio.duration));
			place.max = String(Math.max(1, length));
			tell();
		});
		audio.addEventListener("timeupdate", tell);
		audio.addEventListener("ended", () => { audio.currentTime = 0; });
		for (const on of ["play", "pause", "ended"]) audio.addEventListener(on, () => (press.textContent = audio.paused ? words.listen : words.hush));
		place.addEventListener("input", () => { audio.currentTime = Number(place.value); });
		tell();
		return el("div", { class: "part-row part-player" }, press, place, time, audio);
	}
}

// Level draws how loud it is as a quiet line that grows from left to right. Where
// less motion is asked for, it grows once a second.
class Level {
	readonly canvas = el("canvas", { class: "part-level", width: 720, height: 96, "aria-hidden": "true" });
	private sound: AudioContext | null = null;
	private ear: AnalyserNode | null = null;
	private heard: number[] = [];
	private timer = 0;

	constructor(stream: MediaStream, private readonly tick: () => void) {
		try {
			this.sound = new AudioContext();
			this.ear = this.sound.createAnalyser();
			this.sound.createMediaStreamSource(stream).connect(this.ear);
			void this.sound.resume();
		} catch {
			// Without a level the recording is the same.
		}
		this.go();
	}

	go(): void {
		clearInterval(this.timer);
		this.timer = window.setInterval(() => this.look(), calm() ? 1000 : 100);
		this.look();
	}

	rest(): void {
		clearInterval(this.timer);
	}

	end(): void {
		this.rest();
		void this.sound?.close();
	}

	private look(): void {
		this.tick();
		if (!this.ear) return;
		const wave = new Float32Array(this.ear.fftSize);
		this.ear.getFloatTimeDomainData(wave);
		const loud = Math.sqrt(wave.reduce((sum, v) => sum + v * v, 0) / wave.length);
		this.heard.push(Math.min(1, loud * 4));
		this.draw();
	}

	private draw(): void {
		const pen = this.canvas.getContext("2d");
		if (!pen) return;
		const { width, height } = this.canvas;
		const step = 6;
		const shown = this.heard.slice(-Math.floor(width / step));
		const middle = height / 2;
		pen.clearRect(0, 0, width, height);
		pen.lineCap = "round";
		pen.lineWidth = 2;
		pen.strokeStyle = getComputedStyle(this.canvas).color;
		pen.beginPath();
		shown.forEach((v, i) => {
			const tall = Math.max(1, v * middle * 0.9);
			pen.moveTo(3 + i * step, middle - tall);
			pen.lineTo(3 + i * step, middle + tall);
		});
		pen.stroke();
	}
}
