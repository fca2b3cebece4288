// Sealing everything anew, with the keys that took the place of those somebody
// else may have. Each file becomes the next revision of itself and is noted when it
// is done, so that it can be left at any time and gone on with.

import { Away, bytes as fetchBytes, send } from "./api";
import { Book } from "./book";
import type { Bytes } from "./bytes";
import { ever, type Keys } from "./keys";
import { Said } from "./said";
import { header, open, sealAnew, sealEntry, sealGone, sealPiece } from "./seal";
import { bucketOf, pathOf } from "./shelf";
import type { Head, Store } from "./store";

export class MovingBook extends Book {
	static override async open(person: string, store: Store, keys: Keys): Promise<MovingBook> {
		return new MovingBook(person, store, keys).ready();
	}

	// rekeyed lets other windows take up the new keys.
	rekeyed(): void {
		this.announce("keys");
	}

	// older are the files that the keys of today have not sealed; what only the
	// practice says to be gone has nothing in it.
	private older(): Head[] {
		if (!this.keys.former?.some((f) => f.moving)) return [];
		const rank = { other: 0, entry: 1, piece: 2 }; // copies first: their pictures go with them
		return [...this.heads.values()].filter((h) => h.key !== this.keys.verifier && (h.kind === "entry" || !h.gone)).sort((a, b) => rank[a.kind] - rank[b.kind]);
	}

	// move seals them anew and sends them, one after the other; between two of them
	// what is written meanwhile is sent. It gives why something is left, or "".
	async move(told: (done: number, all: number) => void): Promise<string> {
		await this.sync();
		if (this.waiting) return this.waiting;
		const all = this.older().length;
		let why = "";
		for (let pass = 0; pass < 3 && this.older().length; pass++) { // another device may write meanwhile
			why = "";
			for (const { id } of this.older()) {
				told(all - this.older().length, all);
				try {
					await navigator.locks.request("held-journal-" + this.person, () => this.moveOne(id));
				} catch (error) {
					if (!(error instanceof Said)) throw error;
					if (error instanceof Away) return error.message;
					why ||= error.message;
				}
			}
		}
		const left = this.older().length;
		told(all - left, all);
		this.announce("change");
		await this.sync();
		return left ? `${left === 1 ? "One file" : left + " files"} could not be sealed anew yet. ${why}` : (this.waiting ?? "");
	}

	private async moveOne(id: string): Promise<void> {
		const h = this.heads.get(id);
		if (!h || h.key === this.keys.verifier) return; // it went with another
		if (h.kind === "other") return this.moveCopy(h);
		if (h.kind === "entry") await this.sealEntryAnew(id);
		else await this.sealPieceAnew(id);
		await this.push(id);
	}

	private async sealEntryAnew(id: string): Promise<void> {
		await this.step(async () => {
			const h = await this.abreast(id);
			if (!h || h.key === this.keys.verifier) return;
			const e = this.entry(id);
			if (!h.gone && !e) throw new Said("An entry does not open on this device.");
			const next: Head = { ...h, dirty: 1, upload: crypto.randomUUID(), key: this.keys.verifier };
			const kept = e && { ...e, revision: h.revision + 1, author: this.keys.verifier };
			await this.store.write(["heads", id, next], ["bodies", id, kept && !h.gone ? await sealEntry(this.keys, kept) : await sealGone(this.keys, id, h.revision + 1)]);
			this.heads.set(id, next);
			if (kept && !h.gone) this.put({ entry: kept, revision: next.revision, upload: next.upload });
			await this.keepShelf(new Set([bucketOf(id)]));
		});
	}

	private async sealPieceAnew(id: string): Promise<void> {
		const { bytes, by } = await this.pieceBy(id); // it may have to be fetched
		const sealed = by === this.keys.verifier ? null : await sealPiece(this.keys, id, bytes);
		await this.step(async () => {
			const h = await this.abreast(id);
			if (!h || h.gone) return;
			const next: Head = sealed ? { ...h, dirty: 1, upload: crypto.randomUUID(), key: this.keys.verifier } : { ...h, key: this.keys.verifier };
			await this.store.write(["heads", id, next], ...(sealed ? [["bodies", id, sealed] as ["bodies", string, Bytes]] : []));
			this.heads.set(id, next);
		});
	}

	// moveCopy seals a copy that somebody else reads anew, for them as well, with
	// its pictures and recordings.
	private async moveCopy(h: Head): Promise<void> {
		const o = await open(this.keys, h.id, await fetchBytes(pathOf(h.id)), ever(this.keys));
		if (o.kind !== "entry") throw new Said("A copy that you share is something else.");
		const to = header(o.markdown, "for");
		for (const p of o.entry.pieces) {
			const piece = this.heads.get(p.id);
			if (!piece || piece.gone || piece.key === this.keys.verifier) continue;
			const body = await open(this.keys, p.id, await fetchBytes(pathOf(p.id)), ever(this.keys));
			if (body.kind !== "piece") throw new Said("A picture that you share is something else.");
			await this.replace(piece, body.by, () => sealPiece(this.keys, p.id, body.bytes, [to].filter(Boolean)));
		}
		await this.replace(h, o.by, (revision) => sealAnew(this.keys, o.markdown, revision));
	}

	private async replace(h: Head, by: string, seal: (revision: number) => Promise<Bytes>): Promise<void> {
		if (by === this.keys.verifier) return this.noted({ ...h, key: by }); // another device did it
		const revision = h.revision + 1;
		const sent = await send(pathOf(h.id), await seal(revision), revision, crypto.randomUUID());
		await this.noted({ ...h, revision: sent.revision, seq: sent.seq, day: sent.day, size: sent.size, key: this.keys.verifier });
	}
}
