// The reviewers' keyboard: j and k walk through the facts, 1 2 3 judge, p goes to the papers, Escape leaves a field that
// was typed in. The page works without it.
(() => {
  "use strict";
  const facts = [...document.querySelectorAll("[data-audit] [data-fact]")];
  if (!facts.length) return;

  const here = () => facts.findIndex((fact) => fact.contains(document.activeElement));
  const go = (index) => {
    const fact = facts[Math.min(Math.max(index, 0), facts.length - 1)];
    fact.focus({ preventScroll: true });
    fact.scrollIntoView({ block: "center" });
  };

  const tally = document.querySelector("[data-judged]");
  const count = () => {
    if (tally) tally.textContent = facts.filter((fact) => fact.querySelector(".verdict input:checked")).length;
  };
  document.addEventListener("change", count);
  count();

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const index = here();
    if (event.key === "Escape" && index >= 0) go(index);
    if (event.target.matches("input:not([type=radio]), textarea, select")) return;
    if (event.key === "j") go(index + 1);
    else if (event.key === "k") go(index < 0 ? 0 : index - 1);
    else if (index >= 0 && "123".includes(event.key)) {
      const value = { 1: "verified", 2: "refused", 3: "not_needed" }[event.key];
      const choice = facts[index].querySelector(`input[type=radio][value=${value}]`);
      if (!choice) return;
      choice.checked = true;
      choice.dispatchEvent(new Event("change", { bubbles: true }));
      if (value === "refused") facts[index].querySelector("select[name$=__reason]").focus();
    } else if (index >= 0 && event.key === "p") facts[index].querySelector("[data-paper]")?.focus();
    else return;
    event.preventDefault();
  });
})();
