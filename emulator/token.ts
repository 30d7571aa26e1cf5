import { readTenantIssuer } from './oidc/tenant-issuer.ts';
import { readTokenArguments } from './token-arguments.ts';

/** Prints a JWT of a local tenant's issuer: what its identity provider would give to a member of that role. */
async function main(): Promise<void> {
  const grant = readTokenArguments(process.argv.slice(2), Date.now());
  const issuer = await readTenantIssuer(process.env['HEADGATE_DIR'] ?? '.headgate', grant.tenantId);
  process.stdout.write(`${await issuer.sign(grant)}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
