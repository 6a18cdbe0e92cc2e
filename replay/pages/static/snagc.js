/* A layer on top of the pages: everything is there without it. It follows the present. */
"use strict";

(() => {
  const SECONDS = 5, AT_LEAST_EVERY = 60, RUNNING = ".work[data-work=running]";

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
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (answer.status === 401) return location.reload();
        for (const work of answer.ok ? document.querySelectorAll(RUNNING) : []) {
          const now = fresh.getElementById(work.id);
          if (!now || now.dataset.work !== "running") return location.reload();
          work.querySelector("p")?.replaceWith(document.adoptNode(now.querySelector("p")));
        }
        const steps = document.querySelector(".verified"), now = fresh.querySelector(".verified");
        if (answer.ok && steps && now) steps.replaceWith(document.adoptNode(now));
      } catch { /* the service is away: it is asked again */ }
      attend();
    }, 2000);
  }

  const told = document.documentElement.dataset.follow;
  if (document.querySelector(RUNNING)) attend();
  else if (told) follow(told);
})();
