/**
 * Draws the sample of `npm run quickstart`: `sample/scene.png` (1024x1024, shapes, gradients and text) and
 * `sample/mask.png` (the same size, fully transparent where the balloon's envelope is). Fonts differ from machine to
 * machine, so the images are committed; `node tools/quickstart/draw-sample.ts` draws them again.
 */
import { fileURLToPath } from "node:url";
import sharp from "sharp";

const sidePx = 1024;
const envelope =
  "M668 128 C 772 128 816 206 816 276 C 816 352 742 414 706 452 H630 C 594 414 520 352 520 276 C 520 206 564 128 668 128 Z";

const hills = [
  { path: "M0 640 C 180 520 330 560 470 610 S 800 700 1024 560 V1024 H0 Z", fill: "#5b7fa6" },
  { path: "M0 720 C 160 640 300 640 460 700 S 820 770 1024 660 V1024 H0 Z", fill: "#3f6a86" },
  { path: "M0 800 C 220 730 420 740 600 800 S 900 860 1024 800 V1024 H0 Z", fill: "#2f5a5e" },
];
const stripes = ["#e4572e", "#f3a712", "#fff4d6", "#f3a712", "#e4572e"];

function star(x: number, index: number): string {
  return `<circle cx="${x}" cy="${50 + ((index * 67) % 190)}" r="${1.5 + (index % 3)}" fill="#fff" opacity="0.8"/>`;
}

function tree(x: number, index: number): string {
  const foot = 850 - (index % 3) * 12;
  return `<path d="M${x} ${foot} h-30 l30 -120 l30 120 Z"/><rect x="${x - 5}" y="${foot - 5}" width="10" height="30"/>`;
}

const scene = `
<svg xmlns="http://www.w3.org/2000/svg" width="${sidePx}" height="${sidePx}">
  <defs>
    <linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">
      <stop offset="0" stop-color="#27306b"/><stop offset="0.38" stop-color="#8a5a9e"/>
      <stop offset="0.62" stop-color="#f2a07b"/><stop offset="0.8" stop-color="#ffd9a0"/>
    </linearGradient>
    <radialGradient id="sun">
      <stop offset="0" stop-color="#fff8e0"/><stop offset="0.35" stop-color="#ffe2a3" stop-opacity="0.9"/>
      <stop offset="1" stop-color="#ffd08a" stop-opacity="0"/>
    </radialGradient>
    <linearGradient id="lake" x1="0" y1="0" x2="0" y2="1">
      <stop offset="0" stop-color="#f0b08d"/><stop offset="1" stop-color="#3a4d84"/>
    </linearGradient>
    <radialGradient id="shade" cx="0.35" cy="0.3" r="0.8">
      <stop offset="0" stop-color="#fff" stop-opacity="0.45"/><stop offset="0.55" stop-opacity="0"/>
      <stop offset="1" stop-color="#1b0b2e" stop-opacity="0.45"/>
    </radialGradient>
    <clipPath id="envelope">
      <path d="${envelope}"/>
    </clipPath>
  </defs>
  <rect width="${sidePx}" height="${sidePx}" fill="url(#sky)"/>
  <circle cx="250" cy="560" r="330" fill="url(#sun)"/><circle cx="250" cy="560" r="62" fill="#fff3d2"/>
  ${[60, 150, 310, 420, 905, 960, 845].map(star).join("")}
  <g fill="#fff" opacity="0.32">
    <ellipse cx="150" cy="250" rx="130" ry="20"/><ellipse cx="240" cy="232" rx="90" ry="22"/>
    <ellipse cx="900" cy="470" rx="120" ry="16"/><ellipse cx="430" cy="420" rx="80" ry="11"/>
  </g>
  ${hills.map((hill) => `<path d="${hill.path}" fill="${hill.fill}"/>`).join("")}
  <path d="M0 868 C 200 836 420 836 640 868 S 940 912 1024 884 V1024 H0 Z" fill="url(#lake)"/>
  <path d="M120 916h130M90 946h230M180 976h110M560 936h120M620 966h210M470 990h90" stroke="#fff" stroke-opacity="0.28" stroke-width="4" stroke-linecap="round"/>
  <g fill="#17393b">${[70, 120, 180, 905, 960, 1000].map(tree).join("")}</g>
  <rect x="360" y="748" width="128" height="96" fill="#f6e7cf"/><path d="M344 752 L424 684 L504 752 Z" fill="#a63d40"/>
  <rect x="408" y="790" width="34" height="54" fill="#5d3a2e"/>
  <path d="M376 770h24v24h-24zM452 770h24v24h-24z" fill="#ffd56b"/>
  <g clip-path="url(#envelope)">
    ${stripes.map((fill, i) => `<ellipse cx="668" cy="280" rx="${i === 0 ? 200 : 150 - i * 30}" ry="260" fill="${fill}"/>`).join("")}
    <rect x="500" y="258" width="340" height="48" fill="#27306b"/>
    <rect x="500" y="100" width="340" height="380" fill="url(#shade)"/>
  </g>
  <text x="671" y="293" font-family="DejaVu Sans, Arial, sans-serif" font-size="30" font-weight="700" letter-spacing="7" text-anchor="middle" fill="#fff4d6">RETOUCH</text>
  <path d="M634 452L644 486M702 452L692 486" stroke="#4b2e20" stroke-width="3"/>
  <rect x="638" y="484" width="60" height="42" rx="7" fill="#8a5a35"/><path d="M638 498h60M638 512h60" stroke="#5d3a2e" stroke-width="3"/>
</svg>`;

const directory = fileURLToPath(new URL("./sample/", import.meta.url));
await sharp(Buffer.from(scene)).flatten().png({ compressionLevel: 9 }).toFile(`${directory}scene.png`);

const hole = `<svg xmlns="http://www.w3.org/2000/svg" width="${sidePx}" height="${sidePx}"><path d="${envelope}"/></svg>`;
const drawn = await sharp(Buffer.from(hole)).ensureAlpha().extractChannel("alpha").raw().toBuffer();
const rgba = Buffer.alloc(sidePx * sidePx * 4);
for (const [pixel, coverage] of drawn.entries()) rgba[pixel * 4 + 3] = coverage >= 128 ? 0 : 255;
await sharp(rgba, { raw: { width: sidePx, height: sidePx, channels: 4 } })
  .png({ compressionLevel: 9 })
  .toFile(`${directory}mask.png`);
