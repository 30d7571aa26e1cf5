import type { Stack } from '#emulator/cloud/stack-file.ts';
import type { TestIssuer } from './issuers.ts';

/** The stack under attack, and what can be observed of it. */
export interface World {
  readonly stack: Stack;
  readonly controlUrl: string;
  readonly observationsUrl: string;
  /** Of the functions. */
  readonly logPath: string;
  /** By tenant. */
  readonly apiKeys: Readonly<Record<string, string>>;
  readonly issuers: { readonly acme: TestIssuer; readonly globex: TestIssuer };
}

const MEMBERS = [
  { subject: 'ann-the-admin', role: 'admin' },
  { subject: 'dev-the-developer', role: 'developer' },
  { subject: 'ana-the-analyst', role: 'analyst' },
];

/** Rules by names that every object has already. */
const RULES = ['constructor', 'toString', 'hasOwnProperty', 'valueOf'].map((id) => ({
  id,
  on: ['named.alike'],
  when: 'true',
  decide: id,
  cooldown: '24h',
}));

/** The attacker's own tenant, one that lives, one that is suspended, and one whose name begins as the attacker's does. */
export const TENANTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  acme: { mode: 'open', members: MEMBERS, rules: RULES },
  globex: { mode: 'open', members: MEMBERS },
  tyrell: { mode: 'open', status: 'suspended' },
  'acme-eu': { mode: 'open' },
};

/** Whose existence the attacker must not learn of: the last is nobody. All names are of one length. */
export const VICTIMS = ['globex', 'tyrell', 'nobody'] as const;
