// Drawing black boxes on a page. Every box is a row of number fields, which work without this file.
(() => {
  "use strict";
  const form = document.querySelector("[data-redact]");
  if (!form) return;
  const NAMES = ["left", "top", "width", "height"];
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

  const read = (row) => NAMES.map((name) => row.querySelector(`[name=${name}]`).value);
  const write = (row, values) => NAMES.forEach((name, index) => {
    row.querySelector(`[name=${name}]`).value = values ? (Math.round(values[index] * 100) / 100) : "";
  });
  const place = (box, values) => NAMES.forEach((name, index) => { box.style[name] = `${values[index]}%`; });

  form.querySelectorAll("[data-page]").forEach((page) => {
    const sheet = page.querySelector("[data-sheet]");
    const rows = page.querySelector("[data-rows]");
    const draw = page.querySelector("[data-draw]");
    page.querySelector("[data-tools]").hidden = false;
    rows.open = false;

    const blankRow = () => {
      const found = [...rows.querySelectorAll("[data-row]")].find((row) => read(row).every((value) => value === ""));
      if (found) return found;
      const row = rows.querySelector("[data-row]").cloneNode(true);
      write(row, null);
      rows.append(row);
      return row;
    };

    const remove = (box, row) => { write(row, null); box.remove(); };

    const show = (row) => {
      const values = read(row).map(Number);
      if (!(values[2] > 0 && values[3] > 0)) return null;
      const box = document.createElement("button");
      box.type = "button";
      box.className = "redact-box";
      box.setAttribute("aria-label", form.dataset.box);
      place(box, values);
      sheet.append(box);
      box.addEventListener("keydown", (event) => {
        const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] || [0, 0];
        if (event.key === "Delete" || event.key === "Backspace") { event.preventDefault(); remove(box, row); return; }
        if (!x && !y) return;
        event.preventDefault();
        const now = read(row).map(Number);
        if (event.shiftKey) {
          now[2] = clamp(now[2] + x, 0.5, 100 - now[0]);
          now[3] = clamp(now[3] + y, 0.5, 100 - now[1]);
        } else {
          now[0] = clamp(now[0] + x, 0, 100 - now[2]);
          now[1] = clamp(now[1] + y, 0, 100 - now[3]);
        }
        write(row, now);
        place(box, now);
      });
      box.addEventListener("pointerdown", (event) => {
        event.stopPropagation();
        box.focus();
        box.setPointerCapture(event.pointerId);
        const start = at(event);
        const now = read(row).map(Number);
        const move = (next) => {
          const [x, y] = at(next);
          const moved = [clamp(now[0] + x - start[0], 0, 100 - now[2]), clamp(now[1] + y - start[1], 0, 100 - now[3]), now[2], now[3]];
          write(row, moved);
          place(box, moved);
        };
        box.addEventListener("pointermove", move);
        box.addEventListener("lostpointercapture", () => box.removeEventListener("pointermove", move), { once: true });
      });
      return box;
    };

    const at = (event) => {
      const frame = sheet.getBoundingClientRect();
      return [
        clamp((100 * (event.clientX - frame.left)) / frame.width, 0, 100),
        clamp((100 * (event.clientY - frame.top)) / frame.height, 0, 100),
      ];
    };

    // A finger scrolls the page unless drawing is switched on; a mouse draws at once.
    draw.addEventListener("click", () => {
      const on = draw.getAttribute("aria-pressed") !== "true";
      draw.setAttribute("aria-pressed", String(on));
      sheet.classList.toggle("drawing", on);
    });
    page.querySelector("[data-add]").addEventListener("click", () => {
      const row = blankRow();
      write(row, [35, 45, 30, 6]);
      show(row).focus();
    });
    sheet.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || (event.pointerType !== "mouse" && !sheet.classList.contains("drawing"))) return;
      event.preventDefault();
      sheet.setPointerCapture(event.pointerId);
      const start = at(event);
      const ghost = document.createElement("div");
      ghost.className = "redact-box being-drawn";
      sheet.append(ghost);
      const span = (next) => {
        const end = at(next);
        return [Math.min(start[0], end[0]), Math.min(start[1], end[1]), Math.abs(end[0] - start[0]), Math.abs(end[1] - start[1])];
      };
      let values = [start[0], start[1], 0, 0];
      const move = (next) => { values = span(next); place(ghost, values); };
      sheet.addEventListener("pointermove", move);
      sheet.addEventListener("lostpointercapture", () => {
        sheet.removeEventListener("pointermove", move);
        ghost.remove();
        if (values[2] < 0.5 || values[3] < 0.5) return;
        const row = blankRow();
        write(row, values);
        show(row);
      }, { once: true });
    });
    rows.addEventListener("change", () => {
      sheet.querySelectorAll(".redact-box").forEach((box) => box.remove());
      rows.querySelectorAll("[data-row]").forEach(show);
    });
    rows.querySelectorAll("[data-row]").forEach(show);
  });
})();
