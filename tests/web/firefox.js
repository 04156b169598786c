// node firefox.js PAGE SCRIPT FIREFOX: opens a page from a file in Firefox by WebDriver BiDi, without a network, and prints what a
// script gives there. What the page asks for elsewhere and its errors and warnings make it fail. puppeteer-core comes by
// `npm ci --prefix tests/web`.
const puppeteer = require("puppeteer-core"), path = require("path");
const [file, script, executablePath] = process.argv.slice(2);
const WAIT = 60000; // milliseconds
const NOWHERE = { "network.proxy.type": 1, "network.proxy.allow_hijacking_localhost": true, "network.dns.disabled": true };
for (const kind of ["http", "ssl", "socks"]) Object.assign(NOWHERE, { [`network.proxy.${kind}`]: "127.0.0.1", [`network.proxy.${kind}_port`]: 9 });

async function given(browser) {
  const page = await browser.newPage(), wrong = [];
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("console", (said) => ["error", "warn"].includes(said.type()) && wrong.push(said.text()));
  page.on("request", (asked) => /^(file|data|blob|about):/.test(asked.url()) || wrong.push(`asked for ${asked.url()}`));
  await page.goto(`file://${path.resolve(file)}`, { timeout: WAIT });
  const found = await page.evaluate(script);
  if (wrong.length) throw new Error(wrong.join("\n"));
  return found;
}

(async () => {
  const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true, protocolTimeout: WAIT, extraPrefsFirefox: NOWHERE });
  try {
    console.log(await given(browser));
  } finally {
    await browser.close();
  }
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
