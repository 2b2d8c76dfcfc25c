/** What the warnings of an answer say. */
export function warningTexts(header: string | string[] | undefined): string[] {
  return [header ?? []]
    .flat()
    .flatMap((value) => value.split(/, (?=299 )/))
    .map((value) => value.replace(/^299 - "(.*)"$/, "$1").replaceAll(/\\(.)/g, "$1"));
}
