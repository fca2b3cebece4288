// What is written down in the room: one entry each, as it goes over the wire.

export type Kind =
	| "dose" | "undone" | "vitals" | "scale" | "event" | "symptom" | "said" | "touch" | "music" | "present"
	| "red" | "log" | "calm" | "ack" | "check" | "phase" | "signed" | "addendum" | "note";

export interface Entry {
	id: string;
	session: string;
	device: string;
	seq: number; // of this device in this session, from 1, without gaps
	kind: Kind;
	taken: string; // both by the device's clock
	entered: string;
	offset?: number; // ms: the practice's clock minus this one; absent when it was never measured
	error?: number; // ms by which that may be wrong
	backdated?: boolean; // somebody typed the taken time themselves
	supersedes?: string;
	with?: string; // shared by the entries that one tap made for a group
	body: Body;
	// Added by the practice when it has it.
	by?: string;
	name?: string;
	role?: string;
	received?: string;
	n?: number;
}

// Body is what each kind holds; what was not taken is absent.
export interface Body {
	[field: string]: unknown;
}

export interface Vitals extends Body {
	systolic?: number;
	diastolic?: number;
	pulse?: number;
	oxygen?: number;
	breaths?: number;
	moaas?: number;
	warmth?: number;
	dissociation?: number;
	nausea?: number;
	note?: string;
	repeats?: string; // the reading that this one repeats
}

// iso writes an instant of the device's clock.
export const iso = (ms: number): string => new Date(ms).toISOString();

// at reads one, in ms with what the practice's clock has below them.
export function at(written: string): number {
	const part = written.match(/\.\d{3}(\d+)/)?.[1];
	return Date.parse(written) + (part ? Number("0." + part) : 0);
}

export const number = (body: Body, field: string): number | undefined => {
	const v = body[field];
	return typeof v === "number" ? v : undefined;
};

export const words = (body: Body, field: string): string => {
	const v = body[field];
	return typeof v === "string" ? v : "";
};
