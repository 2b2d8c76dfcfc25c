/** Shows that every attack fails because of a check: it gets through where the check has been taken out. */
import { parseArgs } from "node:util";
import { CHECKS, SUITES } from "./checks.ts";
import { type SuiteResult, WeakenedTree } from "./proof/weakened-tree.ts";
import { MissingText, type Weakening } from "./proof/weakening.ts";

const USAGE = `Usage: bun test/attacks/prove.ts [--share N/M] [NAME...]

Takes out the checks of test/attacks/checks, or those with NAME in their name or in that of their suite, one at a time in
a copy of the sources, and runs the attacks that each keeps out: some have to be noticed, and what is allowed has to stay
allowed. Every attack of a suite whose checks are all taken out needs a check that it notices. With --share, every M-th
check is taken out, beginning with the N-th.`;

/** Copies that are attacked at the same time. */
const PARALLEL = 2;

/** Tests of what a server does for those who may: a weakening that breaks them proves nothing. */
const ALLOWED = "what is allowed";

interface Proof {
  readonly check: Weakening;
  readonly through: readonly string[];
  /** Why it is none. */
  readonly problem?: string;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    share: { type: "string", default: "1/1" },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit();
}
const [first = 1, every = 1] = values.share.split("/").map(Number);
const isNamed = ({ name, suite }: Weakening): boolean =>
  positionals.length === 0 || positionals.some((each) => name.includes(each) || suite.includes(each));
const chosen = CHECKS.filter(isNamed).filter((_, index) => index % every === first - 1);
if (chosen.length === 0) {
  console.error(`No check is named ${positionals.join(", ")}`);
  process.exit(2);
}

const start = performance.now();
const proofs: Proof[] = [];
const attacks: string[] = [];
const isWhole = (suite: string): boolean =>
  CHECKS.every((check) => check.suite !== suite || chosen.includes(check));
const queue: ((tree: WeakenedTree) => Promise<void>)[] = [
  ...chosen.map((check) => async (tree: WeakenedTree) => void proofs.push(await prove(check, tree))),
  ...SUITES.filter(isWhole).map((suite) => (tree: WeakenedTree) => listAttacks(suite, tree)),
];
await Promise.all(Array.from({ length: PARALLEL }, work));
const through = new Set(proofs.flatMap((proof) => proof.through));
const unproved = attacks.filter((attack) => !through.has(attack));
for (const attack of unproved) console.log(`(fail) no check keeps this out: ${attack}`);
const failures = proofs.filter(({ problem }) => problem !== undefined).length + unproved.length;
const seconds = ((performance.now() - start) / 1000).toFixed(0);
console.log(
  `${String(chosen.length)} of ${String(CHECKS.length)} checks taken out, ${String(through.size)} attacks noticed, in ${seconds} s`,
);
console.log(` ${String(proofs.length - failures + unproved.length)} pass\n ${String(failures)} fail`);
process.exit(failures === 0 ? 0 : 1);

async function work(): Promise<void> {
  await using tree = await WeakenedTree.create();
  for (let job = queue.shift(); job !== undefined; job = queue.shift()) await job(tree);
}

async function prove(check: Weakening, tree: WeakenedTree): Promise<Proof> {
  const result = await attacked(check, tree);
  const problem = problemOf(result);
  if (problem === undefined)
    console.log(`(pass) ${check.name}: ${String(result.failed.length)} attacks notice`);
  else console.log(`(fail) ${check.name}: ${problem}\n${result.output}`);
  return {
    check,
    through: result.failed.map((name) => `${check.suite}: ${name}`),
    ...(problem !== undefined && { problem }),
  };
}

async function attacked(check: Weakening, tree: WeakenedTree): Promise<SuiteResult> {
  try {
    return await tree.attack(check, `(${check.attack})|${ALLOWED}`);
  } catch (error) {
    if (!(error instanceof MissingText)) throw error;
    return { passed: [], failed: [], output: error.message };
  }
}

function problemOf({ passed, failed }: SuiteResult): string | undefined {
  if (failed.length === 0) return "no attack notices";
  if (failed.some((name) => name.includes(ALLOWED))) return "what is allowed is refused";
  return passed.length === 0 ? "nothing is left that works" : undefined;
}

async function listAttacks(suite: string, tree: WeakenedTree): Promise<void> {
  const { passed } = await tree.run(suite, "");
  attacks.push(...passed.filter((name) => !name.includes(ALLOWED)).map((name) => `${suite}: ${name}`));
}
