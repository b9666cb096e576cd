-- Paper: what is known of it now, by its arXiv id
SELECT
    paper.title,
    paper.abstract,
    paper.first_listed_on,
    paper.last_listed_on,
    paper.published_on,
    paper.latest_votes,
    paper.votes_seen_at,
    paper.peak_votes,
    organization.canonical_name AS organization,
    paper.latest_arxiv_version AS arxiv_version,
    paper.arxiv_updated_on,
    paper.arxiv_comment,
    paper.doi,
    paper.journal_ref AS journal,
    paper.is_still_listed,
    paper.is_withdrawn,
    paper.arxiv_url,
    paper.pdf_url,
    paper.page_url,
    paper.project_page,
    paper.github_repo,
    paper.video_url
FROM dim_paper AS paper
LEFT JOIN dim_organization AS organization
    ON paper.organization_key = organization.organization_key
WHERE paper.arxiv_id = $1
