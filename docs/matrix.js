/** The filters of the matrix: a library is a column, a tier a word in each cell, and what these do chooses the rows. */

const form = document.querySelector("form.filters");
const tables = [...document.querySelectorAll(".matrix table")];

function filter() {
  const [library, tier, standing] = ["library", "tier", "standing"].map((name) => form.elements[name].value);
  for (const table of tables) showColumn(table, library);
  const rows = tables.flatMap((table) => [...table.tBodies[0].rows]);
  for (const row of rows) {
    for (const word of row.querySelectorAll("a.standing")) word.hidden = !isOf(word, tier);
    const words = [...row.querySelectorAll("td:not([hidden]) a.standing:not([hidden])")];
    row.hidden = standing !== "" && !words.some((word) => does(word, tier, standing));
  }
  form.querySelector("output").textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} classes`;
}

function showColumn(table, library) {
  const names = [...table.tHead.rows[0].cells].map(({ firstChild }) => firstChild.textContent.trim());
  for (const cell of [...table.rows].flatMap((row) => [...row.cells])) {
    cell.hidden = library !== "" && cell.cellIndex > 0 && names[cell.cellIndex] !== library;
  }
}

/** A word without a tier is about all three. */
const isOf = ({ dataset }, tier) => tier === "" || ["", tier].includes(dataset.tier);

/** A convention is one of the values; and a class in which one tier conforms does not therefore conform. */
function does({ dataset }, tier, standing) {
  const own = dataset.standing === "convention" && !["", "values"].includes(tier) ? "conforms" : dataset.standing;
  return own === standing && (tier !== "" || dataset.tier === "" || standing === "deviates");
}

form.addEventListener("input", filter);
form.hidden = false;
filter();
