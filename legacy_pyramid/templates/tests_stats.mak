<%inherit file="base.mak"/>
<%def name="title()">Statistics - ${page_title}</%def>
      <h1>Statistics of <a href="/tests/view/${run['_id']}">${page_title}</a></h1>
      <div class="columns">
% for heading, figures in sections:
        <section class="card">
          <h2>${heading}</h2>
          <table class="values">
            <tbody>
% for name, value in figures:
              <tr><th scope="row">${name}</th><td>${value}</td></tr>
% endfor
            </tbody>
          </table>
        </section>
% endfor
      </div>
