// What the practice tells of a room when it is asked.

import type { Entry } from "./entry";
import type { Limits } from "./judge";

export interface Order {
	id?: string;
	medicine: string;
	route?: string;
	mg?: number;
	mg_per_kg?: number;
	weight?: string; // with its age
	boosters?: Booster[];
	lot?: string;
	checked?: string; // who confirmed what is drawn up
	missing?: string[]; // why it may not be given yet
	notes?: string[]; // of the dose checks, in field terms
}

export interface Booster {
	mg?: number;
	mg_per_kg?: number;
	from_min?: number;
	to_min?: number;
}

export interface Preference {
	topic: string;
	asked: string;
	words: string;
}

export interface Option {
	value: string;
	label: string;
}

export interface Question {
	id: string;
	text: string;
	options: Option[];
}

export interface Scale {
	instrument: string;
	title: string;
	credit?: string;
	questions: Question[];
}

export interface Vocabulary {
	events: Option[];
	symptoms: Option[];
	touch?: Option[];
	music?: Option[];
	checks?: Option[];
	phases?: Option[];
	scales?: Scale[];
}

export interface Observation {
	at_min?: number[];
	grace_min?: number;
	minimum_min?: number;
	oxygen?: string;
	oxygen_min?: number;
	during?: string[];
}

// Base is what was known of somebody on the day, before the first dose.
export interface Base {
	at?: string;
	bp?: [number, number] | null;
	hr?: number | null;
	spo2?: number | null;
	rr?: number | null;
	moaas?: number | null;
	temp?: number | null;
}

export interface Seat {
	session: string;
	title: string;
	alias: string; // the working name
	what?: string; // medicine and route, in field terms
	protocol?: string;
	passed?: string[];
	opened?: string;
	ended?: string;
	sealed?: string;
	order?: Order | null;
	preferences?: Preference[];
	limits?: Limits | null;
	observation?: Observation | null;
	baseline?: Base | null;
	entries: Entry[];
}

export interface Person {
	person: string;
	name: string;
	role: string;
}

export interface Card {
	address?: string;
	say?: string[];
	on_call?: string[];
	number?: string;
	note?: string; // what to know about the number, and about the card
	kit?: string[]; // where oxygen, defibrillator and medicines are
}

export interface State {
	now: string;
	room: string;
	seats: Seat[];
	me: Person;
	people: Person[];
	card?: Card | null;
	vocabulary: Vocabulary;
	cursor?: string; // where the stream goes on
}
