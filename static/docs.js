// The API page: Swagger UI over our own description, with nothing asked of any other machine.

const place = document.querySelector("#api")

globalThis.SwaggerUIBundle({
  url: place.dataset.openapi,
  domNode: place,
  validatorUrl: null,
  deepLinking: true,
  presets: [globalThis.SwaggerUIBundle.presets.apis],
})
