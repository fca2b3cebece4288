// make room-kills: the siege of the room at length. ROUNDS and SEED set how long,
// and whose dice.
import { siege, sound } from './room-siege.mjs';

const rounds = Number(process.env.ROUNDS ?? 200);
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const from = Date.now();
const result = await siege({ rounds, seed, say: (s) => console.log(s) });
console.log(JSON.stringify({ rounds, seed, seconds: Math.round((Date.now() - from) / 1000), ...result }, null, 1));
sound(result);
console.log(`${result.acknowledged} readings were acknowledged on the device; each is in the timeline, once.`);
