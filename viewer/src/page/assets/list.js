// The list of traces: keys, and operations to choose from.

export function list() {
  const search = document.getElementById("search");
  if (!search) return;
  const service = document.getElementById("service");

  service.addEventListener("change", async () => {
    const suggestions = document.getElementById("operations");
    suggestions.replaceChildren();
    if (!service.value) return;
    const answer = await fetch(`/api/services/${encodeURIComponent(service.value)}/operations`);
    const { data } = await answer.json();
    suggestions.replaceChildren(
      ...(data ?? []).slice(0, 500).map((name) => {
        const option = document.createElement("option");
        option.value = name;
        return option;
      }),
    );
  });

  // Empty fields would only make the address long.
  search.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (!value) formData.delete(name);
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const typing = event.target.closest?.("input, select, button");
    if (event.key === "/" && !typing) {
      event.preventDefault();
      service.focus();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || typing) return;
    const links = [...document.querySelectorAll(".traces th a")];
    const at = links.indexOf(document.activeElement);
    const link = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step];
    if (!link) return;
    event.preventDefault();
    link.focus();
  });
}
