// A short siege of the room; make room-kills is the long one.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { siege, sound } from './room-siege.mjs';

test('whatever is cut or killed, every reading that was acknowledged is in the timeline, once', { timeout: 5 * 60_000 }, async () => {
  const result = await siege({ rounds: 10, seed: Number(process.env.SEED ?? 7) });
  sound(result);
  assert.ok(result.acknowledged >= 5, `only ${result.acknowledged} of 10 were acknowledged`);
});
