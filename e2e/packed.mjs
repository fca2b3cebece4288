// One package of npm, without the hundreds that only build it: by its exact
// version and hash, unpacked where built things lie.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './program.mjs';

// packed gives the folder of a package, which it fetches once.
export function packed(name, version, sha512, parent = join(root, '.run', 'packed')) {
  const folder = join(parent, 'node_modules', name);
  if (existsSync(join(folder, `.is-${version}`))) return folder;
  const at = join(parent, `${name.replace('/', '-')}-${version}-${process.pid}`);
  mkdirSync(at, { recursive: true });
  try {
    execFileSync('npm', ['pack', `${name}@${version}`, '--silent', '--pack-destination', at], { stdio: ['ignore', 'ignore', 'inherit'] });
    const file = join(at, readdirSync(at).find((f) => f.endsWith('.tgz')));
    const is = createHash('sha512').update(readFileSync(file)).digest('base64');
    if (is !== sha512) throw new Error(`${name} ${version} is not what it was: sha512 ${is}`);
    execFileSync('tar', ['-xzf', file, '-C', at]);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, '..'), { recursive: true });
    renameSync(join(at, 'package'), folder);
    mkdirSync(join(folder, `.is-${version}`));
  } finally {
    rmSync(at, { recursive: true, force: true });
  }
  return folder;
}
