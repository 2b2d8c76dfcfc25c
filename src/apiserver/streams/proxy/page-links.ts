/** Links inside HTML pages that go through a proxy (apimachinery `pkg/util/proxy/transport.go`, `rewriteHTML`). */
import { pipeline, Readable, type Transform } from "node:stream";
import { createDeflateRaw, createGunzip, createGzip, createInflateRaw } from "node:zlib";
import { type ProxiedPage, rewriteUrl, urlProblem } from "./rewrite-url.ts";

/** Attributes that are URLs, by elements. */
const LINKS: Readonly<Record<string, readonly string[]>> = {
  a: ["href"],
  applet: ["codebase"],
  area: ["href"],
  audio: ["src"],
  base: ["href"],
  blockquote: ["cite"],
  body: ["background"],
  button: ["formaction"],
  command: ["icon"],
  del: ["cite"],
  embed: ["src"],
  form: ["action"],
  frame: ["longdesc", "src"],
  head: ["profile"],
  html: ["manifest"],
  iframe: ["longdesc", "src"],
  img: ["longdesc", "src", "usemap"],
  input: ["src", "usemap", "formaction"],
  ins: ["cite"],
  link: ["href"],
  object: ["classid", "codebase", "data", "usemap"],
  q: ["cite"],
  script: ["src"],
  source: ["src"],
  video: ["poster", "src"],
};

type Bytes = AsyncIterable<Uint8Array>;

/** How much may wait for the end of a tag. */
const MAX_TAG_BYTES = 1024 * 1024;

interface Packing {
  readonly unpack: (content: Bytes) => Bytes;
  readonly pack: (content: Bytes) => Bytes;
}

const PLAIN: Packing = { unpack: (content) => content, pack: (content) => content };

/** By what links can be found in. */
const PACKINGS: Readonly<Record<string, Packing>> = {
  "": PLAIN,
  gzip: {
    unpack: (content) => through(content, createGunzip()),
    pack: (content) => through(content, createGzip()),
  },
  deflate: {
    unpack: (content) => through(content, createInflateRaw()),
    pack: (content) => through(content, createDeflateRaw()),
  },
};

/** The page with its links led through the proxy, as it comes; as it is when its encoding is not understood. */
export function rewriteLinks(content: Bytes, encoding: string, page: ProxiedPage): Bytes {
  const packing = Object.hasOwn(PACKINGS, encoding) ? PACKINGS[encoding] : undefined;
  return packing === undefined ? content : packing.pack(rewritePage(packing.unpack(content), page));
}

function through(content: Bytes, transform: Transform): Bytes {
  // Who reads hears of a failure; there is nobody else to tell.
  return pipeline(Readable.from(content), transform, () => undefined);
}

async function* rewritePage(content: Bytes, page: ProxiedPage): AsyncGenerator<Uint8Array, void, void> {
  let waiting = 0;
  const taken = async function* (): AsyncGenerator<Uint8Array, void, void> {
    for await (const piece of content) {
      waiting += piece.length;
      if (waiting > MAX_TAG_BYTES) throw new Error("A tag of the page is too long");
      yield piece;
    }
  };
  const { body } = rewriterOf(page).transform(new Response(streamOf(taken())));
  if (body === null) return;
  for await (const piece of body as AsyncIterable<Uint8Array>) {
    waiting = Math.max(0, waiting - piece.length);
    yield piece;
  }
}

function rewriterOf(page: ProxiedPage): HTMLRewriter {
  return Object.entries(LINKS).reduce(
    (rewriter, [element, attributes]) =>
      rewriter.on(element, {
        element: (tag) => {
          for (const attribute of attributes) rewriteAttribute(tag, attribute, page);
        },
      }),
    new HTMLRewriter(),
  );
}

function rewriteAttribute(tag: HTMLRewriterTypes.Element, attribute: string, page: ProxiedPage): void {
  const url = tag.getAttribute(attribute);
  if (url === null || urlProblem(url) !== undefined) return;
  const rewritten = rewriteUrl(url, page);
  if (rewritten !== url) tag.setAttribute(attribute, rewritten);
}

/** Takes from the maker what is asked for, and tells it when nothing more is wanted. */
function streamOf(content: AsyncGenerator<Uint8Array, void, void>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = await content.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      cancel: async () => {
        await content.return();
      },
    },
    { highWaterMark: 0 },
  );
}
