import { resolveIntOrPercent } from "#apimachinery/int-or-percent.ts";
import { compareResourceVersions, isResourceVersion } from "#apimachinery/resource-version.ts";
import { attempt, ensure, textTarget } from "../engine/target.ts";

/** Percentages and resource versions. */
export const target = textTarget({
  seeds: ["25%", "-1%", "+100%", "1", "18446744073709551615", "0", "01", "1000000000000000000000000%"],
  dictionary: ["%", "0", "9", "-", "+"],
  refusals: [RangeError],
  open: () => (text) => {
    const order = attempt([RangeError], () => compareResourceVersions(text, "4096"));
    ensure((order !== undefined) === isResourceVersion(text), "What can be compared is a resource version");
    if (order !== undefined) {
      ensure(
        Math.sign(order) === Math.sign(Number(BigInt(text) - 4096n)),
        "The order is that of the numbers",
      );
      ensure(compareResourceVersions("4096", text) === -order, "The order has two directions");
    }
    const [up, down] = [resolveIntOrPercent(text, 7, "up"), resolveIntOrPercent(text, 7, "down")];
    return () => ensure(up - down === 0 || up - down === 1, "Rounding makes a difference of one at most");
  },
});
