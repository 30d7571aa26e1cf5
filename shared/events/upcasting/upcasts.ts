import { REFUNDED_TO_MINOR_UNITS } from './refunded-to-minor-units.ts';
import type { Upcast } from './upcast.ts';

/** One for each major version of a catalogue type that has a successor. */
export const UPCASTS: readonly Upcast[] = [REFUNDED_TO_MINOR_UNITS];
