/** Where a site asks strangers for it, the browser does a sum before it sends: ALTCHA's, in a worker, unseen. Without
 *  this file, or where the browser can't, the answer is stored all the same, and somebody looks at it first. */

const PATIENCE = 60_000;

let proof = null; // of this page: the promise of what is sent along, "" where that can't be had

const asked = () => document.querySelector("form[data-challenge]");

/** The solution of a challenge, or null; worked out beside the page, which stays usable meanwhile. */
function solved(challenge, address) {
  return new Promise((resolve) => {
    const worker = new Worker(address);
    const done = (solution) => {
      worker.terminate();
      resolve(solution?.derivedKey ? solution : null);
    };
    worker.onmessage = (message) => done(message.data);
    worker.onerror = () => done(null);
    worker.postMessage({ type: "work", challenge, counterMode: "uint32", timeout: PATIENCE });
  });
}

async function prove({ challenge: address, solver }) {
  try {
    const reply = await fetch(address, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(PATIENCE) });
    const challenge = reply.ok ? await reply.json() : null;
    const solution = challenge && (await solved(challenge, solver));
    return solution ? btoa(JSON.stringify({ challenge, solution })) : "";
  } catch {
    return "";
  }
}

function begin(event) {
  const form = asked();
  if (form?.contains(event.target)) proof ??= prove(form.dataset);
}

/** Before anything else hears of it: what is sent waits for the sum, and is sent again with it. */
async function wait(event) {
  const form = event.target;
  const button = event.submitter;
  if (form !== asked() || form.elements.fb_proof || /^(lang:|back$)/.test(button?.value ?? "")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const place = document.getElementById("told");
  if (place) place.textContent = form.dataset.proving;
  proof ??= prove(form.dataset);
  const field = Object.assign(document.createElement("input"), { type: "hidden", name: "fb_proof" });
  field.value = await proof;
  await new Promise((resume) => setTimeout(resume)); // a form that is being sent can't be sent once more
  if (!field.value) proof = null; // perhaps the next time
  if (!form.isConnected || form.elements.fb_proof) return; // a second click: the first one is on its way
  form.append(field);
  if (place) place.textContent = "";
  form.requestSubmit(button);
}

document.addEventListener("input", begin);
document.addEventListener("focusin", begin);
document.addEventListener("submit", wait, true);
