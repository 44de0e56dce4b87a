// Embeds the dashboard. This is all that a page needs; the rest is to tell the viewer when something is wrong.

const place = document.querySelector('#dashboard');
const trouble = document.querySelector('#dashboard-trouble');

if (window.framegate === undefined) {
  place.hidden = true;
  trouble.hidden = false;
  trouble.textContent = 'The dashboard service cannot be reached. Is the gate running? Reload the page to try again.';
} else {
  window.framegate.embed(place, { url: place.dataset.url, ticketUrl: place.dataset.ticketUrl });
}
