/** Where a request goes, with empty texts for what it leaves out. */
export interface ResourcePlace {
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/** Reads `pods/log default/web`, `deployments.apps default/*`, `nodes n1` or `nodes`; `*` stands for no name. */
export function resourcePlace(target: string, place = "*"): ResourcePlace {
  const [qualified = "", subresource = ""] = target.split("/");
  const [resource = "", ...group] = qualified.split(".");
  const [namespace = "", name = ""] = place.includes("/") ? place.split("/") : ["", place];
  return { group: group.join("."), resource, subresource, namespace, name: name === "*" ? "" : name };
}
