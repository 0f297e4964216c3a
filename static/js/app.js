// Everything works without this file; it only makes waiting and typing kinder.
(() => {
  "use strict";
  const on = (type, handler, root = document) => root.addEventListener(type, handler);
  const closest = (event, selector) => event.target.closest?.(selector);

  // --- A form is sent once: the button says so. The server would ignore the second anyway. -------------------------
  const changed = new Set();
  on("submit", (event) => {
    const form = event.target;
    changed.delete(form);
    if (form.matches("[hx-post], [hx-get], [hx-put], [hx-delete]")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    const button = event.submitter;
    if (!button) return;
    setTimeout(() => { button.disabled = true; button.dataset.waiting = "yes"; }, 0);
    setTimeout(rearm, 10000); // a download does not leave the page, and a lost answer must not lock the form
  });
  const rearm = () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("button[data-waiting]")) {
      button.disabled = false;
      delete button.dataset.waiting;
    }
  };
  on("pageshow", (event) => { if (event.persisted) rearm(); }, window);

  // --- Nothing typed is lost: <form data-warn> asks before leaving, [data-saved] tells how the draft stands. ---------
  on("input", (event) => {
    const form = closest(event, "form[data-warn]");
    if (form) changed.add(form);
  });
  on("beforeunload", (event) => { if (changed.size) event.preventDefault(); }, window);
  const tell = (event, key) => {
    const line = closest(event, "form")?.querySelector("[data-saved]");
    if (line) line.textContent = line.dataset[key];
  };
  on("htmx:beforeRequest", (event) => tell(event, "saving"));
  on("htmx:afterRequest", (event) => {
    tell(event, event.detail.successful ? "done" : "failed");
    if (event.detail.successful) changed.delete(closest(event, "form"));
    const bar = closest(event, "form")?.querySelector("progress[data-upload]");
    if (bar) bar.hidden = true;
  });

  // --- Files -------------------------------------------------------------------------------------------------------
  on("htmx:xhr:progress", (event) => {
    const bar = event.target.querySelector?.("progress[data-upload]");
    if (bar && event.detail.lengthComputable) {
      bar.hidden = false;
      bar.value = (100 * event.detail.loaded) / event.detail.total;
    }
  });
  for (const type of ["dragover", "dragleave", "drop"]) {
    on(type, (event) => {
      const zone = closest(event, "[data-upload-zone]");
      if (!zone) return;
      zone.toggleAttribute("data-over", type === "dragover");
      if (type === "dragleave") return;
      event.preventDefault();
      if (type === "drop" && event.dataTransfer.files.length) {
        const input = zone.querySelector("input[type=file]");
        input.files = event.dataTransfer.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
      }
    });
  }

  // --- Small buttons -------------------------------------------------------------------------------------------------
  on("click", (event) => {
    const reveal = closest(event, "[data-reveal]");
    if (reveal) {
      reveal.closest(".blurred").classList.remove("blurred");
      reveal.remove();
    }
    const copy = closest(event, "[data-copy]");
    if (copy) {
      navigator.clipboard?.writeText(copy.dataset.copy).then(() => {
        (copy.querySelector("[aria-live]") ?? copy).textContent = copy.dataset.done;
      });
    }
    const amount = closest(event, "[data-amounts] button");
    if (amount) {
      const input = document.getElementById(amount.parentElement.dataset.amounts);
      input.value = amount.value;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (closest(event, "[data-print]")) window.print();
  });
  const showAmounts = () => {
    for (const list of document.querySelectorAll("[data-amounts]")) {
      list.hidden = false;
      const input = document.getElementById(list.dataset.amounts);
      const mark = () => {
        for (const button of list.children) button.setAttribute("aria-pressed", String(button.value === input.value));
      };
      input.addEventListener("input", mark);
      mark();
    }
  };

  // --- Less than an hour is shown in minutes and seconds. --------------------------------------------------------------
  const count = () => {
    for (const time of document.querySelectorAll("time[data-countdown]")) {
      const left = Math.floor((new Date(time.dateTime) - Date.now()) / 1000);
      if (left >= 0 && left < 3600) {
        time.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      }
    }
  };

  on("DOMContentLoaded", () => {
    document.querySelector("[data-focus-first]")?.focus();
    const here = document.querySelector(".side-nav [aria-current]");
    if (here) here.closest(".side-nav").scrollLeft = here.offsetLeft - 32;
    showAmounts();
    count();
    if (document.querySelector("time[data-countdown]")) setInterval(count, 1000);
  });
})();
