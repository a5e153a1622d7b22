/** Serves feedback screens while there is no network: the page as it was last seen, and what belongs to it. Taps are
 *  none of its business; the page keeps and sends them. */

const CACHE = "feedback-kiosk-1";
const PATIENCE = 5_000;

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

/** What the page says it needs; of the static files of earlier versions nothing stays. */
async function keep(addresses) {
  const cache = await caches.open(CACHE);
  const wanted = addresses.map(plain);
  for (const address of wanted) {
    const reply = await fetch(address).catch(() => null);
    if (reply?.ok) await cache.put(address, reply);
  }
  for (const request of await cache.keys()) {
    if (new URL(request.url).pathname.startsWith("/static/") && !wanted.includes(request.url)) await cache.delete(request);
  }
}

addEventListener("message", (event) => {
  if (Array.isArray(event.data?.keep)) event.waitUntil(keep(event.data.keep));
});

/** The network first, for a few seconds; a screen that is closed or gone isn't shown again from here. */
async function page(request) {
  const cache = await caches.open(CACHE);
  const key = plain(request.url);
  const stop = new AbortController();
  const patience = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const reply = await fetch(request, { signal: stop.signal });
    clearTimeout(patience);
    if (reply.ok) await cache.put(key, reply.clone());
    else if (reply.status < 500) await cache.delete(key);
    if (reply.status < 500) return reply;
  } catch {
    // No network: what was kept serves.
  }
  return (await cache.match(key)) ?? (await cache.match(key, { ignoreSearch: true })) ?? Response.error();
}

async function part(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(request)) ?? fetch(request);
}

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (new URL(request.url).origin === location.origin) event.respondWith(part(request));
});
