// The colours that drawings, body maps and the field of colours offer. They are
// those of the day: a drawing is a file that stands by itself, on light paper,
// whatever hour it is looked at.

export const paper = "#fbf7f0";
export const outline = "#8b8073";
export const ink = "#2a2724";
export const soft = "#665e56"; // for words on that paper
export const white = "#ffffff";

export interface Tint {
	value: string;
	label: string;
	hex: string;
}

export const tints: Tint[] = [
	{ value: "ink", label: "ink", hex: ink },
	{ value: "stone", label: "stone", hex: "#8b8073" },
	{ value: "plum", label: "plum", hex: "#5b4468" },
	{ value: "moss", label: "moss", hex: "#2f5d57" },
	{ value: "clay", label: "clay", hex: "#9c4a28" },
	{ value: "lamp", label: "lamplight", hex: "#d8b46a" },
];

// named are words for colours to begin from; the value of a named colour is its word.
export const named: Tint[] = ([
	["ink", "#2a2724"], ["slate", "#56606a"], ["stone", "#8b8073"], ["ash", "#b9b4ac"], ["chalk", "#f4f0e8"],
	["sand", "#dcc8a0"], ["wheat", "#ead9b5"], ["honey", "#d8a03c"], ["lamplight", "#d8b46a"], ["amber", "#c9772b"],
	["clay", "#9c4a28"], ["rust", "#7d3a1e"], ["ember", "#c2412d"], ["rose", "#c98a8f"], ["blush", "#ecd2cc"],
	["wine", "#6d2438"], ["plum", "#5b4468"], ["lilac", "#b79cc8"], ["dusk", "#6f6a96"], ["night blue", "#1f2a48"],
	["sea", "#2c6e7f"], ["sky", "#9dbfd6"], ["ice", "#dde9ee"], ["moss", "#2f5d57"], ["fern", "#5d8a4e"],
	["lichen", "#a9b48a"], ["olive", "#6f6b2e"], ["bark", "#5a4432"],
] as const).map(([label, hex]) => ({ value: label, label, hex }));

export const isHex = (s: string) => /^#[0-9a-f]{6}$/i.test(s);

// hexOf is a colour's value as it is painted; "" for none.
export function hexOf(value: string): string {
	if (isHex(value)) return value.toLowerCase();
	return [...named, ...tints].find((t) => t.value === value)?.hex ?? "";
}

// labelOf says a colour's name, or the one it is near to.
export function labelOf(value: string): string {
	const hex = hexOf(value);
	if (!hex) return "";
	const [l, a, b] = lab(hex);
	let best = named[0]!;
	let least = Infinity;
	for (const t of named) {
		const [tl, ta, tb] = lab(t.hex);
		const far = (l - tl) ** 2 + 4 * ((a - ta) ** 2 + (b - tb) ** 2);
		if (far < least) [best, least] = [t, far];
	}
	return best.label;
}

// Oklab (Björn Ottosson, 2020): even steps in it look even.
type Three = [number, number, number];

export function lab(hex: string): Three {
	const n = Number.parseInt(hex.slice(1), 16);
	const [r, g, b] = [n >> 16, (n >> 8) & 255, n & 255].map((c) => {
		const v = c / 255;
		return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
	}) as Three;
	const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
	const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
	const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
	return [
		0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
		1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
		0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
	];
}

// rgb is the colour of lightness (0–1), strength (0–1) and hue (0–360), as bytes.
export function rgb(light: number, strength: number, hue: number): Three {
	const c = strength * 0.2;
	const a = c * Math.cos((hue * Math.PI) / 180);
	const b = c * Math.sin((hue * Math.PI) / 180);
	const l = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3;
	const m = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3;
	const s = (light - 0.0894841775 * a - 1.291485548 * b) ** 3;
	return [
		4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
		-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
		-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
	].map((v) => {
		const x = Math.min(1, Math.max(0, v));
		return Math.round(255 * (x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055));
	}) as Three;
}

export const hexFrom = (three: Three) => "#" + three.map((v) => v.toString(16).padStart(2, "0")).join("");

// polar is a colour as lightness, strength and hue.
export function polar(hex: string): Three {
	const [l, a, b] = lab(hex);
	return [l, Math.min(1, Math.hypot(a, b) / 0.2), ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360];
}
