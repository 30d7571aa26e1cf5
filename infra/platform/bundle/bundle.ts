import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { leaveOut } from './leave-out.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const ENTRIES = ['functions/main.ts', 'functions/function.ts'];
/** Read when somebody asks for them, from beside the program. */
const FILES = ['functions/ingest/reference/page.html', 'functions/ingest/reference/init.js'];

/**
 * What stays a package of its own: functions-framework would have its registry twice, and of Swagger UI files are read.
 */
const EXTERNAL = ['@google-cloud/functions-framework', 'swagger-ui-dist'];

/**
 * Bundles the functions into `directory`: `main.js` for the small host, `function.js` for functions-framework. The packages
 * that stay are looked for where the bundle is.
 *
 * CommonJS, because it takes Node less to load; names are kept, so that a stack trace can be read.
 *
 * @throws where something to be left out is not there any more.
 */
export async function bundleFunctions(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const { onEnd, plugin } = leaveOut();
  await build({
    absWorkingDir: ROOT,
    entryPoints: ENTRIES,
    outdir: directory,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    external: EXTERNAL,
    minifyWhitespace: true,
    minifySyntax: true,
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
    plugins: [plugin],
    logLevel: 'warning',
  });
  onEnd();
  // The repository's own says that its files are ES modules.
  await writeFile(join(directory, 'package.json'), '{ "type": "commonjs" }\n');
  for (const file of FILES) await copyFile(join(ROOT, file), join(directory, file.slice(file.lastIndexOf('/') + 1)));
}
