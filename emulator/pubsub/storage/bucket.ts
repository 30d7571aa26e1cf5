import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Where objects are stored. */
export interface Bucket {
  /** Stores an object whole or not at all: when this resolves it survives a crash. @throws Error of the file system */
  put(name: string, bytes: readonly Uint8Array[]): Promise<void>;
  /** @throws Error with `code` ENOENT when there is no such bucket */
  requireExistence(): Promise<void>;
}

/** Where an object is written until it is whole; a name that no object can have, for a line break is in none. */
const PARTIAL = '\n.partial';

/** A bucket that is a folder, and an object a file in it: its name's slashes lead into folders. */
export function folderBucket(folder: string): Bucket {
  const requireExistence = async (): Promise<void> => {
    if (!(await stat(folder)).isDirectory()) {
      throw Object.assign(new Error(`${folder} is not a folder`), { code: 'ENOTDIR' });
    }
  };
  return {
    requireExistence,
    async put(name, bytes) {
      await requireExistence();
      const path = join(folder, name);
      const partial = `${path}${PARTIAL}`;
      await mkdir(dirname(path), { recursive: true });
      try {
        const file = await open(partial, 'w');
        try {
          await file.writeFile(Buffer.concat(bytes));
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(partial, path);
      } catch (error) {
        await rm(partial, { force: true });
        throw error;
      }
      await syncFolder(dirname(path));
    },
  };
}

/** The name itself is safe only when the folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
