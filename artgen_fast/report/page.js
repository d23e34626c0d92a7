"use strict";
// Enlarges and saves the figures. Every figure carries a blank sheet (a template) that says where its panels stand.
(() => {
  const viewer = document.getElementById("viewer");
  const stage = document.getElementById("stage");
  const zoomStep = 1.4, mostZoom = 60, pixelsPerInch = 192, pointsPerInch = 72;

  // The figure's panels on one sheet, in the colours of the page.
  const sheetOf = (figure) => {
    const sheet = figure.querySelector("template").content.firstElementChild.cloneNode(true);
    const drawn = figure.querySelectorAll(".panel > svg");
    sheet.querySelectorAll("svg").forEach((place, i) => {
      // Identifiers are taken on the page by the panel itself.
      place.innerHTML = drawn[i].innerHTML
        .replace(/ id="/g, ' id="sheet-')
        .replace(/(href="|url\((?:&quot;)?)#/g, "$1#sheet-");
    });
    return sheet;
  };

  // The sheet as a document of its own on light paper, whatever the page's scheme: the first rule holds its colours.
  const onPaper = (figure) => {
    const light = document.styleSheets[0].cssRules[0].style;
    return new XMLSerializer()
      .serializeToString(sheetOf(figure))
      .replace(/var\((--[\w-]+)\)/g, (_, name) => light.getPropertyValue(name).trim());
  };

  const save = (blob, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };

  const saveSvg = (figure) => save(new Blob([onPaper(figure)], { type: "image/svg+xml" }), `${figure.id}.svg`);

  const savePng = (figure) => {
    const { width, height } = sheetOf(figure).viewBox.baseVal;
    const image = new Image();
    image.onload = () => {
      const canvas = document.createElement("canvas");
      canvas.width = Math.round((width * pixelsPerInch) / pointsPerInch);
      canvas.height = Math.round((height * pixelsPerInch) / pointsPerInch);
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      URL.revokeObjectURL(image.src);
      canvas.toBlob((blob) => save(blob, `${figure.id}.png`), "image/png");
    };
    image.src = URL.createObjectURL(new Blob([onPaper(figure)], { type: "image/svg+xml" }));
  };

  // The enlarged sheet: zooming and moving change the part of it that is seen, so that lines stay lines.
  let figure, sheet, whole, seen;

  // What is seen has the shape of the screen, so that one panel of a long row can fill it.
  const shape = () => stage.clientHeight / stage.clientWidth || 1;
  const widest = () => Math.max(whole.width, whole.height / shape());

  const show = (x, y, width) => {
    const w = Math.min(Math.max(width, whole.width / mostZoom), widest()), h = w * shape();
    const within = (value, size, all) => (size >= all ? (all - size) / 2 : Math.min(Math.max(value, 0), all - size));
    seen = { x: within(x, w, whole.width), y: within(y, h, whole.height), width: w, height: h };
    sheet.setAttribute("viewBox", `${seen.x} ${seen.y} ${seen.width} ${seen.height}`);
  };

  const showWhole = () => show(0, 0, widest());

  const zoom = (factor, at) => {
    const { x, y } = at || { x: seen.x + seen.width / 2, y: seen.y + seen.height / 2 };
    const width = Math.min(Math.max(seen.width / factor, whole.width / mostZoom), widest());
    const part = width / seen.width;
    show(x - (x - seen.x) * part, y - (y - seen.y) * part, width);
  };

  const move = (right, down) => show(seen.x + right, seen.y + down, seen.width);

  // Where on the sheet a place on the screen is.
  const onSheet = (event) => new DOMPoint(event.clientX, event.clientY).matrixTransform(sheet.getScreenCTM().inverse());

  const enlarge = (chosen, panel) => {
    figure = chosen;
    sheet = sheetOf(figure);
    whole = { width: sheet.viewBox.baseVal.width, height: sheet.viewBox.baseVal.height };
    sheet.removeAttribute("width");
    sheet.removeAttribute("height");
    stage.replaceChildren(sheet);
    document.getElementById("viewer-title").textContent = figure.querySelector("h3").textContent;
    viewer.showModal();
    showWhole();
    if (panel) {
      const place = sheet.querySelectorAll(":scope > svg")[[...figure.querySelectorAll(".panel")].indexOf(panel)];
      const [x, y, width, height] = ["x", "y", "width", "height"].map((side) => place[side].baseVal.value);
      const wide = Math.max(width * 1.1, (height * 1.25) / shape());
      show(x + width / 2 - wide / 2, y + height * 0.4 - (wide * shape()) / 2, wide);
    }
  };

  const actions = {
    enlarge: (chosen) => enlarge(chosen),
    svg: saveSvg,
    png: savePng,
    in: () => zoom(zoomStep),
    out: () => zoom(1 / zoomStep),
    whole: showWhole,
    close: () => viewer.close(),
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-do]");
    const panel = event.target.closest(".panel");
    if (button) actions[button.dataset.do](button.closest("figure") || figure);
    else if (panel && getSelection().isCollapsed) enlarge(panel.closest("figure"), panel);
    else if (event.target === viewer) viewer.close();
  });

  const keys = {
    "+": () => zoom(zoomStep),
    "=": () => zoom(zoomStep),
    "-": () => zoom(1 / zoomStep),
    0: showWhole,
    ArrowLeft: () => move(-seen.width / 8, 0),
    ArrowRight: () => move(seen.width / 8, 0),
    ArrowUp: () => move(0, -seen.height / 8),
    ArrowDown: () => move(0, seen.height / 8),
  };

  viewer.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  });

  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    // A pinch on a touchpad arrives as a wheel with Ctrl, in small steps.
    zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.002)), onSheet(event));
  }, { passive: false });

  stage.addEventListener("dblclick", (event) => zoom(zoomStep * zoomStep, onSheet(event)));

  // One finger or the mouse moves, two fingers zoom.
  const fingers = new Map();
  const spread = () => {
    const [a, b] = fingers.values();
    return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  };

  stage.addEventListener("pointerdown", (event) => {
    fingers.set(event.pointerId, event);
    stage.setPointerCapture(event.pointerId);
  });

  stage.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    const before = fingers.get(event.pointerId);
    if (fingers.size === 1) {
      const from = onSheet(before), to = onSheet(event);
      move(from.x - to.x, from.y - to.y);
      fingers.set(event.pointerId, event);
    } else if (fingers.size === 2) {
      const apart = spread();
      fingers.set(event.pointerId, event);
      const [a, b] = fingers.values();
      zoom(spread() / apart, onSheet({ clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2 }));
    }
  });

  for (const end of ["pointerup", "pointercancel"])
    stage.addEventListener(end, (event) => fingers.delete(event.pointerId));

  addEventListener("resize", () => viewer.open && show(seen.x, seen.y, seen.width));

  viewer.addEventListener("close", () => stage.replaceChildren());

  // On a phone the contents are folded, at first and whenever a place was chosen.
  const contents = document.querySelector(".contents"), phone = matchMedia("(max-width: 40rem)");
  const fold = () => { contents.open = !phone.matches; };
  fold();
  phone.addEventListener("change", fold);
  contents.addEventListener("click", (event) => event.target.closest("a") && fold());

  // Without this script the buttons would do nothing.
  for (const tools of document.querySelectorAll("figure .tools")) tools.hidden = false;
  document.documentElement.classList.add("live");
})();
