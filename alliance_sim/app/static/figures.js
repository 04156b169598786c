// How numbers become figures: each function takes a place and numbers, draws, and keeps nothing.

const BONDS = { trust: "Trust", felt_empathy: "Felt empathy", rapport: "Rapport" };
const WIDE = 1.96; // standard errors of a 95 % interval
const NARROW = 640; // pixels below which panels stand below one another
const CONFIG = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false };
const MARKS = { a: "circle", b: "square" };
const DASHES = { a: "solid", b: "dash" };

export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function veil(hex, share) {
  const part = (at) => parseInt(hex.slice(at, at + 2), 16);
  return `rgba(${part(1)},${part(3)},${part(5)},${share})`;
}

function base(more) {
  return {
    paper_bgcolor: colour("paper"),
    plot_bgcolor: colour("paper"),
    font: { family: "system-ui, sans-serif", size: 13, color: colour("ink") },
    margin: { l: 46, r: 8, t: 26, b: 40 },
    showlegend: false,
    dragmode: false,
    hoverlabel: { font: { size: 13 } },
    ...more,
  };
}

function axis(more) {
  return {
    gridcolor: colour("line"), zeroline: false, linecolor: colour("line"), ticks: "outside", ticklen: 3,
    tickcolor: colour("line"), fixedrange: true, automargin: true, ...more,
  };
}

// ------------------------------------------------------------------------------------------------- the bond

export function course(place, content) {
  const names = Object.keys(BONDS).filter((name) => content.course.a[name]);
  const empty = !content.course.a.day.length;
  const stacked = place.clientWidth < NARROW;
  const traces = [];
  const layout = base({ shapes: [], annotations: [], hovermode: "closest" });
  names.forEach((name, at) => {
    const end = at ? at + 1 : "";
    const part = (1 - 0.08) / names.length;
    const gap = 0.04;
    const span = [at * (part + gap), at * (part + gap) + part];
    const down = [1 - (at + 1) / 3 + 0.05, 1 - at / 3 - 0.05];
    layout[`xaxis${end}`] = axis({
      domain: stacked ? [0, 1] : span, anchor: `y${end}`,
      title: { text: !stacked || at === 2 ? "Day from enrolment" : "", standoff: 6 },
    });
    layout[`yaxis${end}`] = axis({
      domain: stacked ? down : [0, 1], anchor: `x${end}`, range: [0, 1], dtick: 0.25,
      showticklabels: stacked || at === 0,
    });
    layout.annotations.push({
      text: `<b>${BONDS[name]}</b>`, xref: `x${end} domain`, yref: `y${end} domain`, x: 0, y: 1, showarrow: false,
      xanchor: "left", yanchor: "bottom", font: { size: 14 },
    });
    marks(layout, content.phases, end);
    for (const arm of ["a", "b"]) traces.push(...bond(content.course[arm], name, arm, end));
  });
  if (empty) {
    for (const name of Object.keys(layout)) if (/^[xy]axis/.test(name)) layout[name].visible = false;
    layout.annotations = [note("This protocol has assessments and no sessions: there is no bond to follow.")];
    layout.shapes = [];
  } else {
    layout.showlegend = true;
    layout.margin.t = 48; // room for the legend above the names of the panels
    layout.legend = { orientation: "h", x: 1, xanchor: "right", y: 1, yref: "container", yanchor: "top" };
  }
  Plotly.react(place, traces, layout, CONFIG);
}

function bond(own, name, arm, end) {
  const ink = colour(arm);
  const days = own.day;
  const state = own[name];
  const at = { xaxis: `x${end}`, yaxis: `y${end}` };
  const band = {
    ...at, x: [...days, ...[...days].reverse()], y: [...state.high, ...[...state.low].reverse()], fill: "toself",
    fillcolor: veil(ink, 0.14), line: { width: 0 }, mode: "lines", hoverinfo: "skip", showlegend: false,
  };
  const mean = {
    ...at, x: days, y: state.mean, name: `Clinician ${arm.toUpperCase()}`, showlegend: end === "",
    mode: "lines+markers", line: { color: ink, width: 2.5, dash: DASHES[arm] },
    marker: { symbol: MARKS[arm], size: 7, color: ink },
    error_y: { type: "data", array: state.mcse.map((error) => WIDE * (error ?? 0)), thickness: 1.2, width: 3, color: ink },
    customdata: state.mcse, hovertemplate: "day %{x}: %{y:.2f} ± %{customdata:.3f}",
  };
  return [band, mean];
}

function marks(layout, phases, end) {
  for (const [phase, days] of Object.entries(phases.spans)) {
    const across = { yref: `y${end} domain`, xref: `x${end}`, y0: 0, y1: 1, layer: "below" };
    if (phase === "dosing") {
      for (const day of days) {
        layout.shapes.push({ ...across, type: "line", x0: day, x1: day,
          line: { color: colour("soft"), width: 1.4, dash: "dash" } });
      }
      continue;
    }
    const [first, last] = [days[0], days[days.length - 1]];
    layout.shapes.push({ ...across, type: "rect", x0: first - 0.4, x1: last + 0.4, fillcolor: colour("shade"),
      line: { width: 0 } });
    layout.annotations.push({ text: phase, xref: `x${end}`, yref: `y${end} domain`, x: (first + last) / 2, y: 0.005,
      showarrow: false, yanchor: "bottom", font: { size: 11, color: colour("soft") } });
  }
}

function note(text) {
  return { text, xref: "paper", yref: "paper", x: 0.5, y: 0.5, showarrow: false };
}

// ------------------------------------------------------------------------------------------------ outcomes

export function outcomes(place, content) {
  const { edges, arms, scale, important } = content.outcomes;
  const layout = base({
    xaxis: axis({ title: { text: `${scale} change (points)` }, zeroline: false }),
    yaxis: axis({ title: { text: "Patients (%)" }, rangemode: "tozero" }),
    shapes: [], hovermode: "x unified", showlegend: true,
    legend: { orientation: "h", x: 1, xanchor: "right", y: 1.02, yanchor: "bottom" },
  });
  if (important) {
    layout.shapes.push({ type: "rect", xref: "x", yref: "y domain", x0: -important, x1: important, y0: 0, y1: 1,
      fillcolor: colour("shade"), line: { width: 0 }, layer: "below" });
  }
  const traces = ["a", "b"].map((arm) => {
    const own = arms[arm];
    layout.shapes.push({ type: "line", xref: "x", yref: "y domain", x0: own.mean, x1: own.mean, y0: 0, y1: 1,
      line: { color: colour(arm), width: 2, dash: arm === "a" ? "solid" : "dash" } });
    return {
      x: edges, y: [...own.percent, own.percent.at(-1)], name: `Clinician ${arm.toUpperCase()}`, mode: "lines",
      line: { shape: "hv", color: colour(arm), width: 2, dash: DASHES[arm] }, fill: "tozeroy",
      fillcolor: veil(colour(arm), 0.12), hovertemplate: "%{y:.1f} %",
    };
  });
  Plotly.react(place, traces, layout, CONFIG);
}

// --------------------------------------------------------------------------------------------- one patient

export function dots(place, content, chosen, choose) {
  const { a, b } = content.change;
  const all = [...a, ...b];
  const ends = [Math.min(...all) - 2, Math.max(...all) + 2];
  const picked = a.map((_, at) => at === chosen);
  const layout = base({
    xaxis: axis({ title: { text: `${content.scale} change under A (points)` }, range: ends }),
    yaxis: axis({ title: { text: `${content.scale} change under B (points)` }, range: ends }),
    shapes: [{ type: "line", x0: ends[0], x1: ends[1], y0: ends[0], y1: ends[1],
      line: { color: colour("soft"), width: 1, dash: "dot" } }],
    annotations: [
      { text: "better under A", xref: "paper", yref: "paper", x: 0.02, y: 0.98, showarrow: false, xanchor: "left",
        yanchor: "top", font: { color: colour("a-text") } },
      { text: "better under B", xref: "paper", yref: "paper", x: 0.98, y: 0.02, showarrow: false, xanchor: "right",
        yanchor: "bottom", font: { color: colour("b-text") } },
    ],
    hovermode: "closest",
  });
  const trace = {
    x: a, y: b, mode: "markers", customdata: a.map((_, at) => at),
    marker: {
      size: picked.map((one) => (one ? 17 : 10)), opacity: 0.85,
      color: picked.map((one) => (one ? colour("pick") : colour("ink"))),
      symbol: picked.map((one) => (one ? "diamond" : "circle")), line: { color: colour("paper"), width: 1 },
    },
    hovertemplate: "patient %{customdata}<br>A: %{x} points, B: %{y} points<extra></extra>",
  };
  Plotly.react(place, [trace], layout, CONFIG);
  place.removeAllListeners?.("plotly_click");
  place.on("plotly_click", (event) => choose(event.points[0].customdata));
}

const INNER = { trust: "Trust", felt_empathy: "Felt empathy", rapport: "Rapport", fear: "Fear" };

export function inner(place, content) {
  const layout = base({ margin: { l: 40, r: 8, t: 22, b: 36 }, shapes: [], annotations: [], hovermode: "closest",
    grid: { rows: 2, columns: 2, pattern: "independent", ygap: 0.4, xgap: 0.15 } });
  const traces = [];
  Object.entries(INNER).forEach(([name, word], at) => {
    const end = at ? at + 1 : "";
    layout[`xaxis${end}`] = axis({});
    layout[`yaxis${end}`] = axis({ range: [0, 1], dtick: 0.5 });
    layout.annotations.push({ text: `<b>${word}</b>`, xref: `x${end} domain`, yref: `y${end} domain`, x: 0, y: 1,
      showarrow: false, xanchor: "left", yanchor: "bottom" });
    marks(layout, { spans: { dosing: content.phases.spans.dosing ?? [] } }, end);
    for (const arm of ["a", "b"]) {
      const own = content.states[arm];
      traces.push({ x: own.day, y: own[name], xaxis: `x${end}`, yaxis: `y${end}`, mode: "lines+markers",
        name: arm.toUpperCase(), line: { color: colour(arm), width: 2, dash: DASHES[arm] },
        marker: { symbol: MARKS[arm], size: 6 }, hovertemplate: "day %{x}: %{y:.2f}" });
    }
  });
  Plotly.react(place, traces, layout, CONFIG);
}

// ------------------------------------------------------------------------------------------------ lessons

export function bars(place, figure) {
  const narrow = place.clientWidth < NARROW;
  const crowded = narrow && figure.series[0].x.length > 3;
  const layout = base({
    barmode: "group", bargap: 0.35, showlegend: true, hovermode: "closest", margin: { l: 52, r: 8, t: 34, b: 40 },
    legend: { orientation: "h", x: 1, xanchor: "right", y: 1.02, yanchor: "bottom" },
    xaxis: axis({ type: "category", tickangle: crowded ? -90 : 0 }), yaxis: axis({ title: { text: figure.unit }, zeroline: true, zerolinecolor: colour("soft") }),
  });
  const shapes = { b: "/", good: "x" }; // colours alone tell nobody apart
  const folded = (label) => (narrow && !crowded ? label.replaceAll(" ", "<br>") : label);
  const traces = figure.series.map((one) => ({
    type: "bar", name: one.name, x: one.x.map(folded), y: one.y,
    marker: { color: colour(one.colour), pattern: { shape: shapes[one.colour] ?? "", solidity: 0.3, fillmode: "overlay" } },
    error_y: { type: "data", array: one.error.map((error) => WIDE * error), visible: one.error.length > 0,
      color: colour("ink"), thickness: 1.4 },
    customdata: one.error, hovertemplate: one.error.length ? "%{x}: %{y:.3g} ± %{customdata:.2g}" : "trial %{x}: %{y:.3g}",
  }));
  Plotly.react(place, traces, layout, CONFIG);
}

export async function save(kind) {
  for (const name of ["course", "outcomes"]) {
    const place = document.getElementById(name);
    await Plotly.downloadImage(place, { format: kind, filename: `alliance_sim_${name}`, scale: kind === "png" ? 2 : 1,
      width: place.clientWidth, height: place.clientHeight });
  }
}
