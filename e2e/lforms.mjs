// LHC-Forms, the renderer of the National Library of Medicine, to hold our forms
// against, served to a page on loopback.
import { createServer } from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { packed } from './packed.mjs';

const version = '40.1.3';
const sha512 = 'WLruTm+BcVnafC0rSAQ3/cNqhxvclBUxyBG68aub/uha2NaK9H8ZZcEXTTuORuGzzCt0wa7fvhuieZtcDIdPzQ==';

const kinds = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', html: 'text/html; charset=utf-8', png: 'image/png' };

const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>LHC-Forms</title>
<link rel="stylesheet" href="/dist/lforms/webcomponent/styles.css"><div id="form"></div>
${['assets/lib/zone.min.js', 'runtime.js', 'polyfills.js', 'main.js'].map((f) => `<script src="/dist/lforms/webcomponent/${f}"></script>`).join('')}</html>`;

// fhir is loaded once the renderer is there: it adds to it.
export const fhir = '/dist/lforms/fhir/R4/lformsFHIR.min.js';

// serve gives the address of a page with the renderer on it.
export async function serve() {
  const from = packed('lforms', version, sha512);
  const server = createServer((ask, answer) => {
    const path = normalize(new URL(ask.url, 'http://x').pathname);
    if (path === '/') return answer.setHeader('Content-Type', kinds.html).end(page);
    const file = join(from, path);
    if (!existsSync(file)) return answer.writeHead(404).end();
    return answer.setHeader('Content-Type', kinds[path.split('.').pop()] ?? 'application/octet-stream').end(readFileSync(file));
  });
  await new Promise((up) => { server.listen(0, '127.0.0.1', up); });
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}
