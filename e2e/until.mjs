// Waits for a thing itself, never for a while: asks until it is so or the
// deadline has passed, and then says what it waited for.
import { setTimeout as pause } from 'node:timers/promises';

export async function until(what, ask, within = 20_000) {
  const end = Date.now() + within;
  for (;;) {
    const got = await ask();
    if (got) return got;
    if (Date.now() > end) throw new Error(`waited ${within / 1000} s for ${what}`);
    await pause(50);
  }
}
