import { expect, test } from "bun:test";
import { errorTexts } from "#testing/kinds.ts";
import { validateTimeZone } from "./time-zone.ts";

const EXPLICIT = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
const unknown = (name: string) => `unknown time zone ${name}`;

test.each<{ name: string; want: string[] }>([
  { name: "UTC", want: [] },
  { name: "Europe/Berlin", want: [] },
  { name: "America/Argentina/Buenos_Aires", want: [] },
  { name: "America/Buenos_Aires", want: [] },
  { name: "US/Pacific", want: [] },
  { name: "Etc/GMT+5", want: [] },
  { name: "EST5EDT", want: [] },
  { name: "NZ-CHAT", want: [] },
  { name: "", want: ["timeZone must be nil or non-empty string"] },
  { name: "europe/berlin", want: [unknown("europe/berlin")] },
  { name: "utc", want: [unknown("utc")] },
  { name: "us/pacific", want: [unknown("us/pacific")] },
  { name: "Mars/Olympus", want: [unknown("Mars/Olympus")] },
  { name: "Asia//Tokyo", want: [unknown("Asia//Tokyo")] },
  { name: "/Asia/Tokyo", want: [unknown("/Asia/Tokyo")] },
  { name: "../etc", want: [unknown("../etc")] },
  { name: "-Asia", want: [unknown("-Asia")] },
  { name: "+05:00", want: [unknown("+05:00")] },
  { name: "+0500", want: [unknown("+0500")] },
  { name: "Continent/Zone_of_fifteen", want: [unknown("Continent/Zone_of_fifteen")] },
  { name: "toString", want: [unknown("toString")] },
  { name: "Local", want: [EXPLICIT] },
  { name: "local", want: [EXPLICIT, unknown("local")] },
])("validateTimeZone judges $name", ({ name, want }) => {
  const intro = `spec.timeZone: Invalid value: ${JSON.stringify(name)}: `;
  expect(errorTexts(validateTimeZone(name, "spec.timeZone"))).toEqual(want.map((text) => intro + text));
});

test("validateTimeZone knows all the names that the runtime knows", () => {
  const names = Intl.supportedValuesOf("timeZone");
  expect(names.filter((name) => validateTimeZone(name, "").length > 0)).toEqual([]);
});
