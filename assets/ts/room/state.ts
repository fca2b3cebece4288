// What the practice tells of a room when it is asked.

import type { Entry } from "./entry";
import type { Limits } from "./judge";

export interface Order {
	id?: string;
	medicine: string;
	route?: string;
	mg?: number;
	mg_per_kg?: number;
	weight?: number;
	weight_taken?: string;
	lot?: string;
	expires?: string;
	checked_by?: string;
	boosters?: number; // how many are allowed
	booster_mg?: number;
	booster_from_min?: number;
	booster_to_min?: number;
	alerts?: string[];
	by?: string;
	words?: string;
}

export interface Preference {
	label: string;
	answer: string;
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
	questions: Question[];
}

export interface Vocabulary {
	events: Option[];
	symptoms: Option[];
	scales: Scale[];
	checks?: Option[];
}

export interface Observation {
	at_min?: number[];
	grace_min?: number;
	minimum_min?: number;
	oxygen?: string;
	oxygen_min?: number;
	during?: string[];
}

export interface Seat {
	session: string;
	title: string;
	alias: string;
	opened?: string;
	ended?: string;
	sealed?: string;
	phase?: string;
	order?: Order | null;
	preferences?: Preference[];
	limits?: Limits | null;
	observation?: Observation | null;
	baseline?: { systolic?: number; diastolic?: number } | null;
	entries: Entry[];
}

export interface Person {
	person: string;
	name: string;
	role: string;
}

export interface Card {
	address?: string;
	say?: string[] | string;
	on_call?: string;
	number?: string;
	unverified?: boolean;
}

export interface State {
	now: string;
	room: string;
	seats: Seat[];
	me: Person;
	people: Person[];
	card?: Card | null;
	vocabulary: Vocabulary;
}
