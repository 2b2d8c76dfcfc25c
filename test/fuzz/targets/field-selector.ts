import {
  compileFieldSelector,
  escapeFieldValue,
  formatFieldSelector,
  parseFieldSelector,
} from "#apimachinery/selectors/field-selector.ts";
import { SelectorError } from "#apimachinery/selectors/selector-error.ts";
import { ensure, ensureSame, textTarget } from "../engine/target.ts";

/** The text form of field selectors. */
export const target = textTarget({
  seeds: ["metadata.name=a", "a==b,c!=d", "a=b\\,c,d=\\\\\\=", ",,a=", "=", "a=b=c", "a=\\"],
  dictionary: ["metadata.name", "=", "==", "!=", ",", "\\", "\\,", "\\=", "\\\\"],
  refusals: [SelectorError],
  open: () => (text) => {
    const requirements = parseFieldSelector(text);
    return () => {
      const printed = formatFieldSelector(requirements);
      const again = new Set(parseFieldSelector(printed).map((each) => JSON.stringify(each)));
      ensureSame(
        again,
        new Set(requirements.map((each) => JSON.stringify(each))),
        "What is printed is read back",
      );
      compileFieldSelector(requirements, () => () => "a")({});
      const [requirement] = parseFieldSelector(`field=${escapeFieldValue(text)}`);
      ensure(requirement?.value === text, "Any value can be escaped");
    };
  },
});
