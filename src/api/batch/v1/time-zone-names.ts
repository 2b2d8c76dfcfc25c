/**
 * Names of time zones that have another one by now (the file `backward` of the IANA database), and those that are no
 * places. The runtime knows them, too, but not how they are spelled.
 */

/** By region; names without one are under the empty text. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  Africa: "Asmera Timbuktu",
  America:
    "Argentina/ComodRivadavia Atka Buenos_Aires Catamarca Coral_Harbour Cordoba Ensenada Fort_Wayne " +
    "Godthab Indianapolis Jujuy Knox_IN Louisville Mendoza Montreal Nipigon Pangnirtung Porto_Acre " +
    "Rainy_River Rosario Santa_Isabel Shiprock Thunder_Bay Virgin Yellowknife",
  Antarctica: "South_Pole",
  Asia:
    "Ashkhabad Calcutta Choibalsan Chongqing Chungking Dacca Harbin Istanbul Kashgar Katmandu Macao " +
    "Rangoon Saigon Tel_Aviv Thimbu Ujung_Pandang Ulan_Bator",
  Atlantic: "Faeroe Jan_Mayen",
  Australia: "ACT Canberra Currie LHI NSW North Queensland South Tasmania Victoria West Yancowinna",
  Brazil: "Acre DeNoronha East West",
  "":
    "CET CST6CDT Cuba EET EST EST5EDT Egypt Eire GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich " +
    "HST Hongkong Iceland Iran Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT NZ NZ-CHAT " +
    "Navajo PRC PST8PDT Poland Portugal ROC ROK Singapore Turkey UCT Universal W-SU WET Zulu",
  Canada: "Atlantic Central Eastern Mountain Newfoundland Pacific Saskatchewan Yukon",
  Chile: "Continental EasterIsland",
  Etc: "GMT GMT+0 GMT-0 GMT0 Greenwich UCT UTC Universal Zulu",
  Europe: "Belfast Kiev Nicosia Tiraspol Uzhgorod Zaporozhye",
  Mexico: "BajaNorte BajaSur General",
  Pacific: "Enderbury Johnston Ponape Samoa Truk Yap",
  US:
    "Alaska Aleutian Arizona Central East-Indiana Eastern Hawaii Indiana-Starke Michigan Mountain " +
    "Pacific Samoa",
};

/** Whether there is such a time zone, spelled so. */
export function isTimeZone(name: string): boolean {
  return Intl.supportedValuesOf("timeZone").includes(name) || isOtherName(name);
}

function isOtherName(name: string): boolean {
  const slash = name.indexOf("/");
  const region = slash < 0 ? "" : name.slice(0, slash);
  const names = Object.hasOwn(OTHER_NAMES, region) ? OTHER_NAMES[region] : undefined;
  return names?.split(" ").includes(name.slice(slash + 1)) ?? false;
}
