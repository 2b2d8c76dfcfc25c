/** What RoleBinding and ClusterRoleBinding have in common. */
import { invalid, notSupported } from "#apimachinery/field-error.ts";
import { checkDNS1123Subdomain, checkPathSegmentName } from "#apimachinery/formats.ts";
import { ageColumn, nameColumn, wideColumn } from "../../columns.ts";
import { fillZero, mapField, mapList } from "../../defaulting.ts";
import type { ClusterRoleBinding, RoleBinding, RoleRef, Subject } from "../../generated/rbac-v1.ts";
import type { Column } from "../../kind.ts";
import {
  checkSupported,
  optionalFormat,
  requireFormat,
  requireText,
  validateEach,
} from "../../validation/checks.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import { type InternalForm, internalForm } from "../../validation/internal-form.ts";

type Binding = RoleBinding | ClusterRoleBinding;

const RBAC_GROUP = "rbac.authorization.k8s.io";
const ROLE_REF: InternalForm = { APIGroup: "", Kind: "", Name: "" };
const SUBJECT_KINDS = ["ServiceAccount", "User", "Group"];

export const bindingColumns: readonly Column<Binding>[] = [
  nameColumn,
  { name: "Role", type: "string", value: ({ roleRef }) => `${roleRef.kind}/${roleRef.name}` },
  ageColumn,
  wideColumn("Users", ({ subjects }) => subjectNames(subjects, "User")),
  wideColumn("Groups", ({ subjects }) => subjectNames(subjects, "Group")),
  wideColumn("ServiceAccounts", ({ subjects }) => subjectNames(subjects, "ServiceAccount")),
];

export function setBindingDefaults<T extends Binding>(binding: T): T {
  const referring = mapField<Binding, "roleRef">(binding, "roleRef", (roleRef) =>
    fillZero(roleRef, { apiGroup: RBAC_GROUP }),
  );
  // Nothing but fields of both kinds of bindings was filled in.
  return mapField(referring, "subjects", (subjects) => mapList(subjects, setSubjectDefaults)) as T;
}

export interface BindingRules {
  readonly isNamespaced: boolean;
  readonly roleKinds: readonly string[];
}

export function validateBinding({ roleRef, subjects }: Binding, rules: BindingRules): FieldErrors {
  return collectErrors(
    validateRoleRef(roleRef, "roleRef", rules.roleKinds),
    validateEach(subjects, "subjects", (subject, path) => validateSubject(subject, path, rules.isNamespaced)),
  );
}

export function validateBindingUpdate<T extends Binding>(
  next: T,
  previous: T,
  rules: BindingRules,
): FieldErrors {
  return collectErrors(
    validateBinding(next, rules),
    !semanticallyEqual(next.roleRef, previous.roleRef) &&
      invalid("roleRef", internalForm(next.roleRef, ROLE_REF), "cannot change roleRef"),
  );
}

function setSubjectDefaults(subject: Subject): Subject {
  const needsGroup = subject.kind === "User" || subject.kind === "Group";
  return needsGroup && !subject.apiGroup ? { ...subject, apiGroup: RBAC_GROUP } : subject;
}

function validateRoleRef(
  { apiGroup, kind, name }: RoleRef,
  path: string,
  kinds: readonly string[],
): FieldErrors {
  return collectErrors(
    checkSupported(apiGroup, `${path}.apiGroup`, [RBAC_GROUP]),
    checkSupported(kind, `${path}.kind`, kinds),
    requireFormat(name, `${path}.name`, checkPathSegmentName),
  );
}

function validateSubject(subject: Subject, path: string, isNamespaced: boolean): FieldErrors {
  return collectErrors(
    requireText(subject.name, `${path}.name`),
    SUBJECT_KINDS.includes(subject.kind)
      ? validateSubjectOfKind(subject, path, isNamespaced)
      : notSupported(`${path}.kind`, subject.kind, SUBJECT_KINDS),
  );
}

function validateSubjectOfKind(subject: Subject, path: string, isNamespaced: boolean): FieldErrors {
  const { kind, name, namespace, apiGroup = "" } = subject;
  if (kind !== "ServiceAccount") return checkSupported(apiGroup, `${path}.apiGroup`, [RBAC_GROUP]);
  return collectErrors(
    optionalFormat(name, `${path}.name`, checkDNS1123Subdomain),
    checkSupported(apiGroup, `${path}.apiGroup`, [""]),
    !isNamespaced && requireText(namespace, `${path}.namespace`),
  );
}

function subjectNames(subjects: readonly Subject[] | undefined, kind: string): string {
  return (subjects ?? [])
    .filter((subject) => subject.kind === kind)
    .map(({ namespace = "", name }) => (kind === "ServiceAccount" ? `${namespace}/${name}` : name))
    .join(", ");
}
