import type { GroupVersionKind } from "#apimachinery/meta.ts";

export type HttpMethod = "get" | "put" | "post" | "delete" | "options" | "head" | "patch";

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly type: "string" | "boolean" | "integer";
  readonly description?: string;
}

export interface OperationAnswer {
  readonly code: number;
  readonly message: string;
  /** The OpenAPI name of what is answered, or `string`. */
  readonly type: string;
}

/** What a method does at a path: the documents of OpenAPI v2 and v3 say the same of it in different forms. */
export interface Operation {
  readonly path: string;
  readonly method: HttpMethod;
  /** Its name without group and version: `listNamespacedPod`. */
  readonly name: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly body?: { readonly type: string; readonly required: boolean };
  /** Media types of bodies; empty where nothing is said of them. */
  readonly consumes: readonly string[];
  readonly produces: readonly string[];
  readonly answers: readonly OperationAnswer[];
  /** What clients find the operations of a kind by. */
  readonly action?: string;
  readonly kind?: GroupVersionKind;
}

/** Of the answer that is a text, such as a log. */
export const TEXT = "string";

const MESSAGES: Readonly<Record<number, string>> = { 200: "OK", 201: "Created", 202: "Accepted" };

export function answers(type: string, codes: readonly number[] = [200]): readonly OperationAnswer[] {
  return codes.map((code) => ({ code, message: MESSAGES[code] ?? "", type }));
}

export function pathParameter(name: string, description: string): Parameter {
  return { name, in: "path", type: "string", description };
}

export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** ` a Pod`, ` an Event`, ` Endpoints` (apiserver `pkg/endpoints` `GetArticleForNoun`). */
export function withArticle(noun: string): string {
  if (/[^s]s$/.test(noun)) return ` ${noun}`;
  return `${/^[aeiou]/i.test(noun) ? " an " : " a "}${noun}`;
}
