import type { Clock } from "#base/clock.ts";
import { authorityFiles, inspectAll, readDirectory, usingDirectory } from "../directory.ts";
import { changeTogether, finishChanges } from "../journal.ts";
import type { PkiFiles } from "../perform.ts";
import { PkiError } from "../pki-error.ts";
import { AUTHORITIES, type AuthorityName } from "../wanted.ts";
import { readGivenAuthorities } from "./given-authorities.ts";
import { performFinish, performReplacement } from "./perform-replacement.ts";
import { planReplacement } from "./plan-replacement.ts";

export interface ReplaceOptions {
  /** Where the operator has put the new ones; default: they are made. */
  readonly from?: string;
  /** Also what leaves behind those who trust the present ones. */
  readonly force: boolean;
}

/**
 * Puts others in the place of the authorities of a directory, which stay trusted until `finishReplacement`; whoever opens
 * the directory next issues its certificates anew. Gives the names of those that were replaced. Rejects with a `PkiError`.
 */
export async function replaceAuthorities(
  directory: string,
  { from, force }: ReplaceOptions,
  { clock }: { readonly clock: Pick<Clock, "now"> },
): Promise<readonly AuthorityName[]> {
  const files = await readAuthorities(directory);
  const { authorities } = inspectAll(files, []);
  const now = clock.now();
  const given =
    from === undefined
      ? undefined
      : await usingDirectory(from, () =>
          readGivenAuthorities(from, { present: (name) => files.get(`${name}.crt`) ?? "", now }),
        );
  const names = AUTHORITIES.filter((name) => given === undefined || given.has(name));
  const views = names.map((name) => ({
    name,
    present: authorities[name],
    hasPrevious: files.has(authorityFiles(name).previous),
    given: given?.get(name),
  }));
  const plan = planReplacement(views, { force });
  if (plan.type === "refuse") {
    throw new PkiError(
      { code: "replacementRefused" },
      `Cannot replace the authorities: ${plan.problems.join("; ")}`,
    );
  }
  await usingDirectory(directory, () =>
    changeTogether(directory, performReplacement(plan.steps, files, now)),
  );
  return names;
}

/** The authorities that have been replaced and are still trusted. Rejects with a `PkiError`. */
export async function replacedAuthorities(directory: string): Promise<readonly AuthorityName[]> {
  return replacedIn(await readAuthorities(directory));
}

/** Trusts the authorities before no more, and gives their names. Rejects with a `PkiError`. */
export async function finishReplacement(directory: string): Promise<readonly AuthorityName[]> {
  const files = await readAuthorities(directory);
  const names = replacedIn(files);
  await usingDirectory(directory, () => changeTogether(directory, performFinish(names, files)));
  return names;
}

async function readAuthorities(directory: string): Promise<PkiFiles> {
  await usingDirectory(directory, () => finishChanges(directory));
  return await readDirectory(directory, []);
}

function replacedIn(files: PkiFiles): readonly AuthorityName[] {
  return AUTHORITIES.filter((name) => files.has(authorityFiles(name).previous));
}
