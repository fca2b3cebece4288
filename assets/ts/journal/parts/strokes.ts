// Strokes of a pen, and the picture they are kept as: an ordinary SVG that any
// program opens. A stroke is a group of its colour; each of its paths is a run of
// one width, given as steps from point to point in quarters of a unit:
//
//   <g stroke="#5b4468"><path stroke-width="32" d="M410 900l12 4 15 9"/>…</g>
//
// so that the picture is also the record, and nothing has to be kept beside it.

import { paper } from "./palette";

export const wide = 4000;
export const high = 3000;

// A point is where the pen was and how wide the line that led there.
export type Point = readonly [x: number, y: number, width: number];

export interface Stroke {
	readonly colour: string;
	readonly points: readonly Point[];
}

export const escape = (s: string) => s.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]!)
	// What XML cannot carry at all.
	.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "");

export const unescape = (s: string) => s.replace(/&(amp|lt|gt|quot);/g, (_, n: string) => ({ amp: "&", lt: "<", gt: ">", quot: '"' })[n]!);

export function toSVG(strokes: readonly Stroke[], title: string, words: string): string {
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${wide} ${high}" width="1000" height="750" role="img">` +
		`<title>${escape(title)}</title><desc>${escape(words)}</desc><rect width="${wide}" height="${high}" fill="${paper}"/>` +
		`<g fill="none" stroke-linecap="round" stroke-linejoin="round">${strokes.map(group).join("")}</g></svg>`;
}

function group(s: Stroke): string {
	let out = "";
	let [x, y] = s.points[0]!;
	let width = (s.points[1] ?? s.points[0]!)[2];
	let run = `M${x} ${y}l`;
	const rest = s.points.length > 1 ? s.points.slice(1) : [s.points[0]!];
	for (const [nx, ny, w] of rest) {
		if (w !== width) {
			out += `<path stroke-width="${width}" d="${run.trimEnd()}"/>`;
			width = w;
			run = `M${x} ${y}l`;
		}
		run += `${nx - x} ${ny - y} `;
		[x, y] = [nx, ny];
	}
	return `<g stroke="${s.colour}">${out}<path stroke-width="${width}" d="${run.trimEnd()}"/></g>`;
}

// fromSVG finds the strokes of a picture that toSVG has made; another picture has
// none. It looks for figures and colours alone, and takes nothing else over.
export function fromSVG(text: string): Stroke[] {
	const all: Stroke[] = [];
	for (const [, colour, inner] of text.matchAll(/<g stroke="(#[0-9a-f]{6})">(.*?)<\/g>/gs)) {
		const points: Point[] = [];
		for (const [, width, start, steps] of inner!.matchAll(/<path stroke-width="(\d+)" d="M(-?\d+ -?\d+)l([-\d ]+)"\/>/g)) {
			const w = Number(width);
			let [x = 0, y = 0] = start!.split(" ").map(Number);
			if (!points.length) points.push([x, y, w]);
			const by = steps!.split(" ").map(Number);
			for (let i = 0; i + 1 < by.length; i += 2) {
				[x, y] = [x + by[i]!, y + by[i + 1]!];
				points.push([x, y, w]);
			}
		}
		if (points.length === 2 && points[0]![0] === points[1]![0] && points[0]![1] === points[1]![1]) points.pop();
		if (points.length) all.push({ colour: colour!, points });
	}
	return all;
}

// erase takes away what lies under a round rubber, and leaves the rest of each
// stroke as it was, in pieces where it was rubbed through.
export function erase(strokes: readonly Stroke[], x: number, y: number, radius: number): readonly Stroke[] {
	let touched = false;
	const all: Stroke[] = [];
	for (const s of strokes) {
		if (!near(s, x, y, radius)) {
			all.push(s);
			continue;
		}
		let piece: Point[] = [];
		const end = () => {
			if (piece.length) all.push({ colour: s.colour, points: piece });
			piece = [];
		};
		for (const p of dense(s.points)) {
			if (Math.hypot(p[0] - x, p[1] - y) > radius + p[2] / 2) piece.push(p);
			else {
				touched = true;
				end();
			}
		}
		end();
	}
	return touched ? all : strokes;
}

function near(s: Stroke, x: number, y: number, radius: number): boolean {
	return s.points.some((p, i) => {
		const q = s.points[i - 1] ?? p;
		const [dx, dy] = [p[0] - q[0], p[1] - q[1]];
		const along = Math.min(1, Math.max(0, ((x - q[0]) * dx + (y - q[1]) * dy) / (dx * dx + dy * dy || 1)));
		return Math.hypot(q[0] + along * dx - x, q[1] + along * dy - y) <= radius + p[2] / 2;
	});
}

// dense has a point at least every 16 units, so that long lines can be cut.
function dense(points: readonly Point[]): Point[] {
	const out: Point[] = [];
	for (const p of points) {
		const q = out.at(-1);
		const n = q ? Math.ceil(Math.hypot(p[0] - q[0], p[1] - q[1]) / 16) : 1;
		for (let i = 1; i < n; i++) out.push([Math.round(q![0] + ((p[0] - q![0]) * i) / n), Math.round(q![1] + ((p[1] - q![1]) * i) / n), p[2]]);
		out.push(p);
	}
	return out;
}

// paint draws a stroke, or its end from a point on, on a canvas of these units.
export function paint(pen: CanvasRenderingContext2D, s: Stroke, from = 0): void {
	pen.strokeStyle = s.colour;
	pen.lineCap = pen.lineJoin = "round";
	for (let i = Math.max(from, s.points.length > 1 ? 1 : 0); i < s.points.length; i++) {
		const [x, y, w] = s.points[i]!;
		const [fx, fy] = s.points[i - 1] ?? [x, y];
		pen.lineWidth = w;
		pen.beginPath();
		pen.moveTo(fx, fy);
		pen.lineTo(x, y);
		pen.stroke();
	}
}
