import type { Clock } from "#base/clock.ts";
import type { ObjectStorage } from "../storage/object-storage.ts";

/** What all verbs that read work with. */
export interface ReadEnvironment {
  readonly storage: ObjectStorage;
  readonly clock: Clock;
}
