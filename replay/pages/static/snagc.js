/* A layer on top of the pages: everything is there without it. It follows the present. */
"use strict";

(() => {
  const SECONDS = 5, AT_LEAST_EVERY = 60;

  /* "now" follows by itself: where the log has grown, or a minute has passed, the page is asked for again. */
  function follow(told) {
    let position = null, passed = 0;
    setInterval(async () => {
      if (document.hidden || busyInside()) return;
      passed += SECONDS;
      try {
        const head = (await (await fetch("/api/v1/ready")).json()).position;
        const grown = position !== null && head !== position;
        position = head;
        if (!grown && passed < AT_LEAST_EVERY) return;
        passed = 0;
        await renew();
        if (grown) document.getElementById("told").textContent = told;
      } catch { /* the service is away: the page stays as it is, and is asked for again later */ }
    }, SECONDS * 1000);
  }

  /* Whoever writes, chooses or reads something opened is not disturbed. */
  function busyInside() {
    const at = document.activeElement;
    return at && (["INPUT", "SELECT", "TEXTAREA"].includes(at.tagName) || at.closest("details[open]"));
  }

  async function renew() {
    const answer = await fetch(location.href);
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const focused = document.activeElement && document.activeElement.getAttribute("href");
    for (const id of ["moment", "content"]) {
      const old = document.getElementById(id), now = fresh.getElementById(id);
      if (old && now) old.replaceWith(document.adoptNode(now));
    }
    if (focused) document.querySelector(`#content a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  /* Work under way: how far it is, every other second; what came of it, once it is done. */
  function attend() {
    setTimeout(async () => {
      try {
        const answer = await fetch(location.href);
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("work");
        if (answer.status === 401) return location.reload();
        if (answer.ok && fresh && fresh.dataset.work !== "running") return location.reload();
        if (answer.ok && fresh) step(fresh);
      } catch { /* the service is away: it is asked again */ }
      attend();
    }, 2000);
  }

  /* The buttons stay, so that nobody loses the one they are on. */
  function step(fresh) {
    document.querySelector("#work > p")?.replaceWith(document.adoptNode(fresh.querySelector("p")));
    const steps = document.querySelector(".verified"), now = fresh.ownerDocument.querySelector(".verified");
    if (steps && now) steps.replaceWith(document.adoptNode(now));
  }

  const told = document.documentElement.dataset.follow;
  if (document.querySelector("#work[data-work=running]")) attend();
  else if (told) follow(told);
})();
