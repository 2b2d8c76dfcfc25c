import { StatusError } from "#apimachinery/status-error.ts";
import { isLongRunning, parseRequestInfo } from "#apiserver/front/request-info.ts";
import {
  deleteOptions,
  listOptions,
  patchOptions,
  readOptions,
  watchOptions,
  writeOptions,
} from "#apiserver/front/request-options.ts";
import { logOptions } from "#apiserver/streams/log-options.ts";
import { DomainError } from "#base/domain-error.ts";
import { containerLogOptions } from "#kubelet/server/logs/log-options.ts";
import { ServingError } from "#kubelet/server/serving-error.ts";
import { attempt, ensure, textTarget } from "../engine/target.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "toString"];

/** Request targets: what a path asks for and the options in its query, whatever the request is. */
export const target = textTarget({
  seeds: [
    "/api/v1/namespaces/a/pods?limit=10&continue=x&labelSelector=a%3Db",
    "/apis/apps/v1/watch/namespaces/a/deployments/b?watch=1&resourceVersion=12&timeoutSeconds=5",
    "/api/v1/namespaces/a/status?dryRun=All&fieldManager=m&fieldValidation=Strict&force=true",
    "/api/v1/namespaces/a/pods/b/log?follow=true&tailLines=5&sinceTime=2026-01-01T00:00:00Z&stream=Stdout",
    "/api/v1/namespaces/a/pods/b:8080/proxy/../x/?gracePeriodSeconds=-1&propagationPolicy=Orphan",
    "/apis?resourceVersionMatch=Exact&sendInitialEvents=true&allowWatchBookmarks=0",
    "//a/./b?orphanDependents=1&uid=x&export=1",
    "/healthz?verbose",
  ],
  dictionary: [
    "api",
    "/",
    "apis",
    "v1",
    "watch",
    "namespaces",
    "pods",
    "status",
    "proxy",
    "..",
    "%2e",
    "%00",
    "&",
    "=",
    "limit",
    "true",
    "dryRun",
    "All",
    "sinceSeconds",
    "limitBytes",
    "tail",
    "__proto__",
    "9223372036854775808",
  ],
  grammar: {
    start: ["<path>", "<path>?<query>"],
    path: ["/api/v1/<rest>", "/apis/apps/v1/<rest>", "/<segment>", "/api/v1/watch/<rest>"],
    rest: ["<segment>", "namespaces/<segment>/<rest>", "<segment>/<rest>"],
    segment: ["pods", "a", "status", "watch", "namespaces", "proxy", "", "..", "%2F"],
    query: ["<option>", "<option>&<query>"],
    option: ["<name>=<value>"],
    name: [
      "limit",
      "watch",
      "continue",
      "resourceVersion",
      "resourceVersionMatch",
      "timeoutSeconds",
      "dryRun",
      "fieldManager",
      "force",
      "tailLines",
      "sinceSeconds",
      "sinceTime",
      "limitBytes",
      "stream",
      "follow",
      "gracePeriodSeconds",
      "propagationPolicy",
    ],
    value: [
      "1",
      "true",
      "All",
      "",
      "x",
      "-1",
      "0",
      "Exact",
      "Orphan",
      "Stdout",
      "2026-01-01T00:00:00Z",
      "9223372036854775807",
      "%FF",
    ],
  },
  refusals: [StatusError],
  open: () => (text) => {
    const { pathname, searchParams: query } = new URL(
      `http://host/${text.replace(/^\//, "")}`,
      "http://host",
    );
    const path = attempt([URIError], () => decodeURIComponent(pathname)) ?? "/";
    for (const method of METHODS) {
      const info = parseRequestInfo(method, path, query);
      if (info === undefined) continue;
      isLongRunning(info);
      if (!info.isResourceRequest) continue;
      const {
        target: { resource, name, namespace },
        rest,
      } = info;
      ensure(
        ![resource, name, namespace, ...rest].some((each) => each === "." || each === ".."),
        "No name leads elsewhere",
      );
    }
    attempt([ServingError, DomainError], () => containerLogOptions(query, 0));
    for (const options of [
      readOptions,
      listOptions,
      watchOptions,
      (each: URLSearchParams) => writeOptions(each, "CreateOptions"),
      (each: URLSearchParams) => patchOptions(each, "apply"),
      (each: URLSearchParams) => patchOptions(each, "json"),
      (each: URLSearchParams) => deleteOptions(each, undefined),
      (each: URLSearchParams) => logOptions(each, "a"),
    ])
      attempt([StatusError], () => options(query));
    return undefined;
  },
});
