import type { Kind } from "#api/kind.ts";

/**
 * The rules for what is written through a version that is not the stored one: those of the stored version, save for
 * what the written one validates otherwise.
 */
export function writeRules(written: Kind, stored: Kind): Kind {
  const { storage, validateName, validate, validateUpdate } = written;
  if (storage === undefined) return stored;
  const { fromStorage } = storage;
  return {
    ...stored,
    ...(validateName && { validateName }),
    ...(validate && { validate: (object) => validate(fromStorage(object)) }),
    ...(validateUpdate && {
      validateUpdate: (next, previous) => validateUpdate(fromStorage(next), fromStorage(previous)),
    }),
  };
}
