import { describe, expect, test } from "bun:test";
import type { APIService } from "#api/generated/apiregistration-v1.ts";
import { type LocalService, MANAGED_LABEL, type Managed, newApiService } from "./local-services.ts";
import { planRegistration, type RegistrationView } from "./plan-registration.ts";

const spec = { group: "example.com", version: "v1", groupPriorityMinimum: 1000, versionPriority: 100 };

const wanted = (managed: Managed): LocalService => ({ name: "v1.example.com", spec, managed });

function found(managed: Managed | undefined, versionPriority = 100): APIService {
  const { metadata, ...object } = newApiService({ ...wanted("true"), spec: { ...spec, versionPriority } });
  const labels = managed === undefined ? {} : { [MANAGED_LABEL]: managed };
  const identity = { uid: "uid-1", resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" };
  return { ...object, metadata: { ...metadata, name: "v1.example.com", ...identity, labels } };
}

describe("planRegistration", () => {
  const cases: readonly ({ readonly name: string; readonly does: string } & Partial<RegistrationView>)[] = [
    { name: "nothing wanted, nothing there", does: "nothing" },
    { name: "wanted while served, not there", wanted: wanted("true"), does: "create" },
    {
      name: "wanted while served, not there any more",
      wanted: wanted("true"),
      wasSynced: true,
      does: "create",
    },
    { name: "wanted at the start, not there", wanted: wanted("onstart"), does: "create" },
    {
      name: "wanted at the start, not there any more",
      wanted: wanted("onstart"),
      wasSynced: true,
      does: "nothing",
    },
    { name: "not wanted, a user's", found: found(undefined), does: "nothing" },
    {
      name: "wanted, but there is a user's",
      wanted: wanted("true"),
      found: found(undefined, 7),
      does: "nothing",
    },
    { name: "as wanted", wanted: wanted("true"), found: found("true"), does: "nothing" },
    { name: "not wanted any more", found: found("true"), does: "delete" },
    { name: "changed by somebody", wanted: wanted("true"), found: found("true", 7), does: "update" },
    { name: "not wanted since the start", found: found("onstart"), wasAtStart: true, does: "delete" },
    {
      name: "not wanted, looked at before",
      found: found("onstart"),
      wasAtStart: true,
      wasSynced: true,
      does: "nothing",
    },
    { name: "not wanted, of another server's start", found: found("onstart"), does: "nothing" },
    {
      name: "changed before the start",
      wanted: wanted("onstart"),
      found: found("onstart", 7),
      wasAtStart: true,
      does: "update",
    },
    {
      name: "changed after the start",
      wanted: wanted("onstart"),
      found: found("onstart", 7),
      wasAtStart: true,
      wasSynced: true,
      does: "nothing",
    },
    {
      name: "wanted at the start, once a custom one",
      wanted: wanted("onstart"),
      found: found("true", 7),
      does: "update",
    },
  ];

  test.each(cases)("$name: $does", ({ name: _name, does, ...view }) => {
    const before = { wanted: undefined, found: undefined, wasSynced: false, wasAtStart: false };
    expect(planRegistration({ ...before, ...view })?.type ?? "nothing").toBe(does);
  });

  test("an update changes the spec alone", () => {
    const present = found("true", 7);
    const action = planRegistration({
      wanted: wanted("true"),
      found: present,
      wasSynced: true,
      wasAtStart: true,
    });
    expect(action).toEqual({ type: "update", object: { ...present, spec } });
  });
});
