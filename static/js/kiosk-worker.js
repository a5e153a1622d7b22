/** Serves feedback screens while there is no network: the page as it was last seen, and what belongs to it. Taps are
 *  none of its business; the page keeps and sends them. */

const CACHE = "feedback-kiosk-1";
const PATIENCE = 5_000;
const PARTS = /(?:src|href)="(\/static\/[^"]+)"/g;

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

/** A page is kept under its address without what pairs it and without the language that somebody touched. */
function plain(address) {
  const url = new URL(address);
  url.searchParams.delete("token");
  url.searchParams.delete("installed");
  url.searchParams.delete("lang");
  url.hash = "";
  return url.href;
}

/** A question, or that nothing is asked just now: that page looks again by itself, also without a network. */
const isScreen = (reply) => reply.ok || reply.status === 410;

/** Fetch what belongs to a page, and then keep both: a page without its script is one that nobody can use. Of the static
 *  files of earlier versions nothing stays. Fails where a part can't be had; a full disk only keeps nothing. */
async function keep(key, page, signal) {
  const parts = [...(await page.clone().text()).matchAll(PARTS)].map(([, path]) => new URL(path, location.origin).href);
  const cache = await caches.open(CACHE).catch(() => null);
  const missing = [];
  for (const part of parts) {
    if (await cache?.match(part)) continue;
    const reply = await fetch(part, { signal });
    if (!reply.ok) throw new Error(part);
    missing.push([part, reply]);
  }
  try {
    for (const [part, reply] of missing) await cache.put(part, reply);
    await cache.put(key, page);
    for (const { url } of await cache.keys()) {
      if (new URL(url).pathname.startsWith("/static/") && !parts.includes(url)) await cache.delete(url);
    }
  } catch {
    // The disk is full: while there is a network, that is enough.
  }
}

async function kept(key) {
  try {
    const cache = await caches.open(CACHE);
    return (await cache.match(key)) ?? (await cache.match(key, { ignoreSearch: true }));
  } catch {
    return undefined;
  }
}

/** The network first, for a few seconds, if it has all of a screen; what else somebody on the way says, a gateway or the
 *  sign-in page of a network, isn't believed while there is a page to show. A screen that is gone isn't shown again. */
async function page(request) {
  const key = plain(request.url);
  const stop = new AbortController();
  const patience = setTimeout(() => stop.abort(), PATIENCE);
  let reply;
  try {
    reply = await fetch(request, { signal: stop.signal });
    if (isScreen(reply)) {
      await keep(key, reply.clone(), stop.signal);
      return reply;
    }
    if (reply.status === 404) {
      await (await caches.open(CACHE)).delete(key);
      return reply;
    }
  } catch {
    // No network, or not enough of it: what was kept serves.
  } finally {
    clearTimeout(patience);
  }
  return (await kept(key)) ?? reply ?? Response.error();
}

async function part(request) {
  return (await caches.match(request, { cacheName: CACHE }).catch(() => undefined)) ?? fetch(request);
}

addEventListener("message", (event) => {
  const { keep: address } = event.data ?? {};
  if (typeof address !== "string") return;
  const key = plain(address);
  event.waitUntil(fetch(key).then((reply) => isScreen(reply) && keep(key, reply)).catch(() => {}));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (new URL(request.url).origin === location.origin) event.respondWith(part(request));
});
