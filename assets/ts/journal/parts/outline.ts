// The outline of a body, drawn for the project: nobody's in particular, front and
// back, in one quiet line. Both are seen as in a mirror or from behind, so that
// left is always on the left.

export const size = [480, 470] as const;
export const middles = { front: 120, back: 360 } as const;
export type Side = keyof typeof middles;

// The right half from the neck to the crotch, as points of cubic curves around x = 0.
const half: [number, number][] = [
	[9, 70],
	[9, 80], [13, 86], [24, 90],
	[42, 95], [57, 98], [63, 116],
	[68, 132], [70, 156], [75, 180],
	[81, 204], [87, 224], [91, 244],
	[99, 254], [101, 268], [96, 282],
	[93, 291], [86, 290], [84, 280],
	[82, 268], [79, 258], [77, 247],
	[69, 226], [63, 206], [59, 184],
	[56, 166], [53, 150], [49, 136],
	[48, 160], [43, 178], [42, 196],
	[42, 216], [50, 232], [51, 252],
	[52, 292], [45, 322], [42, 346],
	[44, 372], [39, 396], [33, 424],
	[34, 434], [45, 441], [44, 447],
	[42, 452], [22, 452], [18, 446],
	[16, 438], [18, 430], [18, 424],
	[19, 396], [16, 372], [18, 346],
	[17, 316], [8, 288], [0, 270],
];

function outline(): string {
	const left = half.map(([x, y]): [number, number] => [-x, y]).reverse().slice(1);
	const [start, ...rest] = [...half, ...left];
	return `M${start} C${rest.join(" ")}`;
}

const head = "M0 14c17 0 25 13 25 29 0 14-9 31-25 31s-25-17-25-31c0-16 8-29 25-29Z";

// A few lines say which side it is.
const details: Record<Side, string> = {
	front: "M-13 42q4 3 8 0M5 42q4 3 8 0M-5 60q5 3 10 0M-8 96q-14-1-26 3M8 96q14-1 26 3M-29 350q-5 6-11 2M29 350q5 6 11 2M-1 222h2",
	back: "M0 92v142M-14 118q-12 10-12 28M14 118q12 10 12 28M-38 272q18 12 36-2M38 272q-18 12-36-2M-38 348q6 4 14 0M38 348q-6 4-14 0",
};

export const figure = (side: Side) => ({ body: outline(), head, details: details[side] });

// Places by name, in the order of a body; x is from the middle, and left is negative.
export interface Place {
	key: string;
	side: Side;
	x: number;
	y: number;
}

const both = (key: string, side: Side, x: number, y: number): Place[] => [
	{ key: `left ${key}`, side, x: -x, y },
	{ key: `right ${key}`, side, x, y },
];

export const places: Place[] = [
	{ key: "top of the head", side: "front", x: 0, y: 18 },
	{ key: "forehead", side: "front", x: 0, y: 30 },
	{ key: "eyes", side: "front", x: 0, y: 42 },
	{ key: "mouth and jaw", side: "front", x: 0, y: 61 },
	{ key: "throat", side: "front", x: 0, y: 80 },
	...both("shoulder", "front", 52, 108),
	{ key: "chest", side: "front", x: 0, y: 118 },
	{ key: "heart", side: "front", x: -18, y: 134 },
	...both("arm", "front", 66, 160),
	{ key: "stomach", side: "front", x: 0, y: 172 },
	{ key: "belly", side: "front", x: 0, y: 214 },
	...both("forearm", "front", 76, 218),
	...both("hand", "front", 89, 266),
	{ key: "pelvis", side: "front", x: 0, y: 252 },
	...both("hip", "front", 40, 246),
	...both("thigh", "front", 30, 300),
	...both("knee", "front", 30, 348),
	...both("shin", "front", 29, 392),
	...both("foot", "front", 31, 440),
	{ key: "back of the head", side: "back", x: 0, y: 40 },
	{ key: "back of the neck", side: "back", x: 0, y: 80 },
	{ key: "between the shoulder blades", side: "back", x: 0, y: 128 },
	...both("shoulder blade", "back", 30, 124),
	{ key: "middle of the back", side: "back", x: 0, y: 172 },
	{ key: "lower back", side: "back", x: 0, y: 218 },
	{ key: "seat", side: "back", x: 0, y: 258 },
	...both("back of the thigh", "back", 28, 312),
	...both("calf", "back", 29, 388),
	...both("heel", "back", 30, 440),
];

// nearest names the place of a body that a mark lies on.
export function nearest(side: Side, x: number, y: number): Place {
	const here = places.filter((p) => p.side === side);
	return here.reduce((a, b) => (Math.hypot(b.x - x, b.y - y) < Math.hypot(a.x - x, a.y - y) ? b : a));
}
