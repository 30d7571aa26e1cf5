import { z } from 'zod';

export const MAX_NAME_CHARACTERS = 40;

/** What people call an API key: `checkout-service`. In the stack's configuration it also names the key's resources. */
export const ApiKeyName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, `must be 1 to ${MAX_NAME_CHARACTERS} of a-z, 0-9 and "-", starting with a letter`);
