/** The members of a JSON object that is written piece by piece, without the braces around it. */
export function* jsonMembers(parts: Iterable<object>): Generator<string> {
  let separator = "";
  for (const part of parts) {
    const members = JSON.stringify(part).slice(1, -1);
    if (members === "") continue;
    yield separator + members;
    separator = ",";
  }
}
